"""What people call the columns of customer files, in Chinese and in English.

Each concept lists its names, written as people write them; folding takes care of case, width,
spaces and punctuation. ``WIDER`` says which concept may stand in for which: a mobile number is a
phone number when there is no field for mobile numbers.
"""

from __future__ import annotations

import re
from functools import lru_cache

from banyan.core.kernel.text.folding import letters_and_digits

CONCEPTS: dict[str, str] = {
    "company_name": (
        "公司名称 公司名 公司 客户名称 客户名 客户 客户全称 客户公司 客户单位 公司全称 单位 单位名称 单位全称 企业 企业名称 企业名"
        " 工作单位 所属公司 所属客户 机构名称 甲方|company|company name|account|account name|customer|customer name|client"
        "|client name|organization|organisation|organization name|business name|firm|employer"
    ),
    "short_name": "简称 客户简称 公司简称 单位简称|short name|abbreviation",
    "english_name": "英文名称 英文名 公司英文名|english name",
    "former_name": "曾用名 原名|former name",
    "person_name": (
        "姓名 联系人 联系人姓名 客户姓名 名字 主要联系人 联络人 收件人 收货人 会员姓名|contact|contact name|full name|contact person"
        "|person name|primary contact|attention|person"
    ),
    "given_name": "名|given name|first name|forename|firstname",
    "family_name": "姓 姓氏|family name|last name|surname|lastname",
    "title_name": "名称 标题 主题|name|title|subject",
    "opportunity_name": "商机名称 商机 机会名称 项目名称 项目|opportunity|opportunity name|deal|deal name|project|project name",
    "lead_name": "线索名称 线索|lead|lead name",
    "product_name": "产品名称 产品 商品 商品名称 品名 货品名称|product|product name|item|item name",
    "order_name": "订单名称 订单标题|order name|order title",
    "task_name": "任务名称 任务 任务标题 待办|task|task name|to do",
    "number": "编号 序号 编码 代码 客户编号 客户编码 客户代码 客户号|number|no|code|id|customer number|customer id|customer no|account number",
    "external_id": "外部编号 原系统编号 旧系统编号|external id|legacy id|source id",
    "order_number": "订单编号 订单号 单号|order number|order no|order id",
    "product_code": "产品编码 产品编号 货号 商品编码 料号|sku|product code|stock code|item code|part number",
    "mobile": "手机 手机号 手机号码 移动电话 联系手机 联系人手机|mobile|mobile phone|mobile number|cell|cell phone|cellphone",
    "phone": (
        "电话 电话号码 联系电话 固定电话 固话 座机 办公电话 公司电话 联系方式 联系号码|phone|telephone|tel|phone number|telephone number"
        "|work phone|office phone|business phone|landline|contact number"
    ),
    "fax": "传真 传真号码|fax|fax number",
    "email": (
        "邮箱 电子邮箱 电子邮件 邮件 邮箱地址 联系邮箱 公司邮箱|email|e-mail|mail|email address|e-mail address|work email|business email"
    ),
    "wechat": "微信 微信号|wechat|wechat id|weixin",
    "qq": "qq qq号 qq号码",
    "website": "网站 网址 官网 主页 公司网址 公司网站|website|web site|web|url|homepage|web address|domain",
    "address": "地址 详细地址 联系地址 公司地址 通讯地址 办公地址 街道 街道地址|address|street|street address|address line 1|mailing address",
    "shipping_address": "收货地址 送货地址|shipping address|delivery address",
    "billing_address": "账单地址 开票地址|billing address|invoice address",
    "country": "国家 国家地区 国家/地区|country|country region|nation",
    "province": "省份 省 州 所在省 省市|province|state|region state|county",
    "city": "城市 市 所在城市 地市|city|town|suburb",
    "district": "区县 区 县 所在区|district",
    "region": "区域 地区 大区 所属区域 销售区域 片区|region|area|territory|regional office|sales region",
    "street_number": "门牌号 门牌|street number|street no|house number|house no",
    "second_line": "地址第二行 地址2|address line 2|address 2|street 2|suite|apartment",
    "postcode": "邮编 邮政编码|postcode|postal code|zip|zip code",
    "owner": (
        "负责人 归属人 所有人 所属人 跟进人 业务员 销售 销售员 销售人员 销售代表 客户经理 负责销售 业务负责人 所属员工 所属销售"
        "|owner|sales rep|sales representative|salesperson|sales person|sales agent|agent|assigned to|account manager|account owner|rep"
    ),
    "manager": "上级 主管 经理 部门经理|manager|supervisor|team lead",
    "department": "部门 所属部门 归属部门 团队|department|team|division",
    "creator": "创建人 录入人 创建者|created by|creator|author",
    "created_at": "创建时间 创建日期 录入时间 录入日期 添加时间 注册时间|created|created at|created on|created date|date created|create date|creation date",
    "updated_at": "更新时间 修改时间 最后修改时间 最近更新|updated|updated at|modified|last modified|modified date|last updated",
    "source": "来源 客户来源 线索来源 信息来源 渠道 来源渠道 获客渠道 商机来源|source|lead source|customer source|channel|origin|lead origin",
    "industry": "行业 所属行业 客户行业 行业类型|industry|sector|vertical|line of business",
    "customer_kind": "客户类型 客户类别 客户性质 类型 类别|type|kind|category|customer type|account type",
    "customer_level": "客户级别 客户等级 等级 级别 客户分级 重要程度|level|grade|tier|rating|rank|customer level",
    "customer_status": "客户状态 状态 跟进状态 合作状态|status|state of affairs|customer status|lead status",
    "priority": "优先级 紧急程度|priority|urgency",
    "headcount": "人数 员工数 员工人数 公司规模 企业规模 人员规模 规模|employees|headcount|number of employees|company size|staff|size",
    "revenue": "营业额 年营业额 年收入 营收 销售额 年销售额|revenue|annual revenue|turnover|sales volume",
    "founded_on": "成立时间 成立日期 成立年份 注册日期|founded|year established|established|year founded|founded on",
    "tax_number": "税号 纳税人识别号 统一社会信用代码 社会信用代码 信用代码 营业执照号|tax number|tax id|vat number|vat id|tax no|uscc",
    "registered_capital": "注册资本 注册资金|registered capital|capital",
    "legal_representative": "法人 法定代表人 法人代表 企业法人|legal representative|legal person",
    "bank": "开户行 开户银行 银行|bank|bank name",
    "bank_account": "银行账号 银行账户 账号|bank account|account no",
    "parent": "上级公司 母公司 上级客户 总公司 隶属|parent|parent company|parent account|subsidiary of|headquarters",
    "tags": "标签 客户标签 标记|tags|tag|labels|label|keywords",
    "note": "备注 备注信息 说明 描述 备注说明 简介 公司简介 客户简介 附注|note|notes|remark|remarks|comment|comments|description|memo",
    "job_title": "职务 职位 岗位 头衔 职称|job title|position|role|job|occupation",
    "gender": "性别|gender|sex",
    "birthday": "生日 出生日期 出生年月|birthday|birth date|date of birth|birthdate|dob",
    "salutation": "称呼 尊称|salutation|honorific",
    "stage": "阶段 销售阶段 商机阶段 当前阶段 进度|stage|sales stage|deal stage|pipeline stage|opportunity stage",
    "pipeline": "销售流程 商机组 销售漏斗|pipeline|funnel",
    "amount": (
        "金额 总金额 商机金额 预计金额 预计销售金额 预计成交金额 订单金额 成交金额 合同金额 总额 合计|amount|value|deal value|total"
        "|total amount|expected revenue|close value|deal amount|order amount|opportunity amount"
    ),
    "currency": "币种 货币|currency",
    "probability": "成交概率 赢单率 概率 赢率 可能性|probability|win probability|likelihood|win rate",
    "expected_close_on": "预计成交日期 预计成交时间 预计签约日期 预计结单日期|expected close|expected close date|expected close on|target close date",
    "closed_on": "成交日期 成交时间 结单日期 关闭日期 签约日期|close date|closed|closed on|closed date|won date|date closed",
    "started_on": "开始日期 开始时间 启动日期 接触日期|start date|started on|engage date|begin date|start",
    "lost_reason": "输单原因 丢单原因 失败原因|lost reason|loss reason|reason lost",
    "competitor": "竞争对手 竞品|competitor",
    "next_step": "下一步 下一步计划 后续计划|next step|next action",
    "next_follow_up": "下次跟进 下次跟进时间 下次联系时间 下次回访时间 提醒时间|next follow up|next contact|next activity|next follow-up date",
    "last_follow_up": "最后跟进 最后跟进时间 最近跟进时间 上次跟进时间|last follow up|last contact|last contacted|last activity date",
    "follow_up_text": "跟进内容 跟进记录 沟通内容 拜访内容 内容|content|follow up|activity|body|details",
    "follow_up_kind": "跟进方式 跟进类型 沟通方式 联系类型|activity type|follow up type|contact method",
    "happened_at": "跟进时间 跟进日期 拜访时间 沟通时间 时间 日期|date|time|when|activity date|happened at",
    "due_on": "截止日期 截止时间 到期日期 到期时间 完成期限|due|due date|due on|deadline|expiry date",
    "assignee": "执行人 指派给 处理人|assignee|assigned user|responsible",
    "price": "单价 价格 标准价格 售价 销售价格|price|unit price|sales price|list price|selling price",
    "cost": "成本 成本价 进价|cost|unit cost|purchase price",
    "quantity": "数量 件数|quantity|qty|count|units",
    "unit": "单位名 计量单位|unit|unit of measure|uom",
    "discount": "折扣 折扣率 优惠|discount|discount rate",
    "tax_rate": "税率|tax rate|vat rate",
    "specification": "规格 型号 规格型号|specification|model|spec",
    "brand": "品牌|brand|make",
    "series": "系列 产品系列 产品线 产品类别|series|product line|product category|product family",
    "ordered_on": "下单日期 下单时间 订单日期 订单时间|order date|ordered|ordered on|invoice date|purchase date",
    "delivered_on": "交货日期 发货日期 交付日期|delivery date|ship date|delivered on",
    "payment_method": "付款方式 支付方式 结算方式|payment method|payment terms|terms of payment",
    "paid_amount": "已付金额 已收金额 回款金额|paid|paid amount|amount paid",
    "language": "语言|language|locale",
    "time_zone": "时区|time zone|timezone",
    "do_not_call": "请勿致电 免打扰|do not call|dnc",
    "do_not_email": "请勿发邮件 退订|do not email|unsubscribed|opt out",
}

WIDER: dict[str, tuple[str, ...]] = {
    "mobile": ("phone",),
    "phone": ("mobile",),
    "company_name": ("title_name",),
    "person_name": ("title_name",),
    "opportunity_name": ("title_name",),
    "lead_name": ("title_name", "person_name"),
    "product_name": ("title_name",),
    "order_name": ("title_name",),
    "task_name": ("title_name",),
    "order_number": ("number",),
    "product_code": ("number",),
    "external_id": ("number",),
    "shipping_address": ("address",),
    "billing_address": ("address",),
    "assignee": ("owner",),
    "owner": ("assignee",),
    "closed_on": ("expected_close_on",),
    "expected_close_on": ("closed_on",),
    "price": ("amount",),
}

# "手机（必填）", "Amount (CNY)": what stands in brackets explains the column and is not its name.
_BRACKETED = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]|[*＊:：]")


@lru_cache(maxsize=4096)
def fold_heading(heading: str) -> str:
    """Return the heading without case, width, accents, brackets, spaces and punctuation."""
    plain = _BRACKETED.sub("", heading) or heading
    return letters_and_digits(plain)


def concept_of(heading: str) -> str | None:
    """Return the concept that goes by that name, or None."""
    return _CONCEPT_BY_NAME.get(fold_heading(heading))


def is_known_heading(heading: str) -> bool:
    """Say whether people use the text as the name of a column."""
    return fold_heading(heading) in _CONCEPT_BY_NAME


def _names_of(listing: str) -> list[str]:
    """Split a listing: Chinese names are set apart by spaces, English ones by bars."""
    chinese, _, english = listing.partition("|")
    return chinese.split() + english.split("|")


_CONCEPT_BY_NAME: dict[str, str] = {
    fold_heading(name): concept for concept, listing in CONCEPTS.items() for name in _names_of(listing) if name
}
