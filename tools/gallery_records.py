"""Made-up records and forms for the gallery, in both languages."""

from __future__ import annotations

from typing import Any

Values = dict[str, Any]

CUSTOMERS = (
    ("深圳市云启科技有限公司", "Harbor Light Trading", "陈志远", "Maria Keller", "重点客户", "Key account", "green", "1,286,400.00"),
    ("杭州锦程文化传播有限公司", "Northwind Instruments", "欧阳静", "Ben Bench", "跟进中", "In contact", "blue", "84,000.00"),
    ("上海汇川电气股份有限公司", "Alder & Finch Studio", "王磊", "Anna Marsh", "新客户", "New", "cyan", ""),
    ("北京中科智造信息技术有限责任公司", "Blue Heron Logistics", "李思雨", "Tom Okafor", "跟进中", "In contact", "blue", "356,900.50"),
    ("广州市南方印务有限公司", "Cedar Works", "张伟", "Priya Nair", "沉默", "Silent", "orange", "12,300.00"),
    ("成都蜀韵餐饮管理有限公司", "Oslo Paper Mills", "陈志远", "Maria Keller", "流失", "Lost", "red", "0.00"),
    ("苏州工业园区德恒精密机械有限公司", "Quarry Lane Foods", "王磊", "Ben Bench", "重点客户", "Key account", "green", "2,450,000.00"),
    ("南京青禾农业科技有限公司", "Tidewater Marine", "欧阳静", "Anna Marsh", "新客户", "New", "cyan", "45,800.00"),
)  # fmt: skip


class RecordSamples:
    """Sample records, forms and their parts in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.is_chinese = language.startswith("zh")

    def say(self, chinese: str, english: str) -> str:
        """Return the text in the samples' language."""
        return chinese if self.is_chinese else english

    def record(self) -> Values:
        """Return a sample record."""
        say = self.say
        person = say("陈志远", "Maria Keller")
        return {
            "id": "c1", "url": "/customers/c1", "version": 3,
            "header": {
                "id": "c1", "icon": "building", "title": say(CUSTOMERS[0][0], CUSTOMERS[0][1]), "number": "C-2026-00042", "subtitle": say("设计服务 · 深圳", "Design services · London"),
                "badges": [{"text": say("重点客户", "Key account"), "color": "green"}], "tags": [{"text": say("老客户", "Regular")}],
                "favourite_url": "#", "is_favourite": True,
                "actions": [{"label": say("新建商机", "New opportunity"), "url": "#", "icon": "target", "opens": "dialog"}, {"label": say("编辑", "Edit"), "url": "#", "icon": "pencil"}],
            },
            "stages": [
                {"key": "new", "label": say("初步接触", "First contact"), "state": "done"}, {"key": "need", "label": say("需求确认", "Needs clear"), "state": "done"},
                {"key": "offer", "label": say("方案报价", "Offer made"), "state": "current"}, {"key": "deal", "label": say("商务谈判", "Negotiation"), "state": "ahead"},
                {"key": "won", "label": say("赢单", "Won"), "state": "ahead"},
            ],
            "stage_days": say("6 天", "6 days"), "move_url": "#",
            "facts": [
                {"title": say("基本信息", "About"), "list": [
                    {"name": "phone", "label": say("电话", "Phone"), "cell": {"kind": "phone", "text": "138 0013 8000"}, "edit_url": "#"},
                    {"name": "email", "label": say("邮箱", "E-mail"), "cell": {"kind": "email", "text": "hello@yunqi.example"}, "edit_url": "#"},
                    {"name": "url", "label": say("网址", "Website"), "cell": {"kind": "url", "text": "yunqi.example", "href": "https://yunqi.example"}, "edit_url": "#"},
                    {"name": "owner", "label": say("负责人", "Owner"), "cell": {"kind": "person", "text": person}, "edit_url": "#"},
                    {"name": "address", "label": say("地址", "Address"), "cell": {"kind": "address", "text": say("广东省深圳市南山区科技园南路 16 号", "16 Harbour Lane, London E1")}, "edit_url": "#"},
                    {"name": "source", "label": say("来源", "Source"), "cell": {"kind": "choice", "text": say("朋友介绍", "Referral"), "color": "teal"}, "edit_url": "#"},
                ]},
                {"title": say("往来", "Business"), "list": [
                    {"name": "amount", "label": say("成交金额", "Won amount"), "cell": {"kind": "money", "text": say("¥1,286,400.00", "£1,286,400.00")}, "readonly": True},
                    {"name": "birthday", "label": say("合作开始", "Customer since"), "cell": {"kind": "date", "text": "2024-03-18"}, "edit_url": "#"},
                    {"name": "note", "label": say("备注", "Note"), "cell": {"kind": "long_text", "text": ""}, "edit_url": "#"},
                ]},
            ],
            "composer": self.composer(),
            "timeline": self.timeline(),
            "children": [
                {"id": "contacts", "title": say("联系人", "Contacts"), "count": 2, "url": "#", "create_url": "#", "object": "contacts", "entries": [
                    {"url": "#", "title": say("周敏", "Ingrid Moe"), "subtitle": say("采购总监", "Head of purchasing"), "image": "", "badge": {"text": say("决策人", "Decides"), "color": "purple"}},
                    {"url": "#", "title": say("欧阳静", "Ben Bench"), "subtitle": say("市场经理", "Marketing"), "image": ""},
                ]},
                {"id": "deals", "title": say("商机", "Opportunities"), "count": 1, "url": "#", "create_url": "#", "object": "opportunities", "entries": [
                    {"url": "#", "title": say("官网改版与品牌升级", "Website relaunch"), "subtitle": say("方案报价", "Offer made"), "meta": say("¥86,000", "£86,000")},
                ]},
                {"id": "tasks", "title": say("任务", "Tasks"), "count": 0, "create_url": "#", "object": "tasks", "entries": [], "empty": say("没有未完成的任务。", "No open tasks.")},
            ],
        }  # fmt: skip

    def composer(self) -> Values:
        """Return a composer."""
        say = self.say
        kinds = [
            ("call", "电话", "Call", "phone"),
            ("visit", "拜访", "Visit", "map-pin"),
            ("meeting", "会议", "Meeting", "users"),
            ("message", "消息", "Message", "message"),
            ("note", "备注", "Note", "note"),
        ]
        return {
            "id": "composer",
            "url": "#",
            "kinds": [
                {"value": value, "label": say(chinese, english), "icon": icon}
                for value, chinese, english, icon in kinds
            ],
        }

    def timeline(self) -> Values:
        """Return a timeline."""
        say = self.say
        return {
            "id": "timeline", "object": "activities", "next_url": "",
            "groups": [
                {"label": say("今天", "Today"), "entries": [
                    {"id": 1, "icon": "phone", "color": "green", "who": say("陈志远", "Maria Keller"), "title": say("打了电话", "called"), "when": "14:32", "when_iso": "2026-11-23T14:32",
                     "text": say("对方要 40 套的报价，周五前定。预算大约 8 万，还在比较另外一家。", "Asked for a quote for 40 units, decision by Friday. Budget about 80k; one other supplier in the race."),
                     "links": [{"text": say("周敏", "Ingrid Moe"), "href": "#"}],
                     "next": {"date": say("11月30日", "30 Nov"), "text": say("回访报价", "Call about the quote"), "done_url": "#"}},
                    {"id": 2, "icon": "edit", "who": say("陈志远", "Maria Keller"), "title": say("修改了", "changed"), "when": "14:10", "when_iso": "2026-11-23T14:10",
                     "changes": [{"label": say("阶段", "Stage"), "old": say("需求确认", "Needs clear"), "new": say("方案报价", "Offer made")}]},
                ]},
                {"label": say("上周", "Last week"), "entries": [
                    {"id": 3, "icon": "map-pin", "color": "blue", "who": say("欧阳静", "Ben Bench"), "title": say("上门拜访", "visited"), "when": say("11月18日", "18 Nov"), "when_iso": "2026-11-18",
                     "text": say("看了新展厅，老板很满意去年的画册。", "Saw the new showroom; the owner likes last year's catalogue."),
                     "files": [{"name": say("展厅照片.zip", "showroom.zip"), "url": "#"}],
                     "next": {"date": say("11月20日", "20 Nov"), "text": say("发方案", "Send the concept"), "overdue": True, "done_url": "#"}},
                ]},
            ],
        }  # fmt: skip

    def form(self) -> Values:
        """Return a dialog form."""
        say = self.say
        return {
            "title": say("新建客户", "New customer"), "action": "#", "second_label": say("保存并新建", "Save and add another"), "second_name": "again",
            "sections": [
                {"fields": [
                    {"name": "name", "kind": "text", "label": say("客户名称", "Name"), "required": True, "autofocus": True, "wide": True},
                    {"name": "phone", "kind": "phone", "label": say("电话", "Phone"), "value": "1380013", "error": say("号码少了几位。", "This number is too short.")},
                    {"name": "source", "kind": "choice", "label": say("来源", "Source"), "choices": [{"value": "a", "label": say("朋友介绍", "Referral")}]},
                    {"name": "owner", "kind": "person", "label": say("负责人", "Owner"), "selected": [{"value": "1", "label": say("陈志远", "Maria Keller")}], "choices": [{"value": "2", "label": say("王磊", "Ben Bench")}]},
                    {"name": "next_on", "kind": "date", "label": say("下次跟进", "Next step"), "quick": True},
                ]},
                {"title": say("更多", "More"), "collapsed": True, "fields": [{"name": "note", "kind": "long_text", "label": say("备注", "Note")}]},
            ],
        }  # fmt: skip

    def inputs(self) -> list[Values]:
        """Return one field of every kind."""
        say = self.say
        choices = [
            {"value": str(index), "label": label}
            for index, label in enumerate([say("电话", "Phone"), say("拜访", "Visit"), say("展会", "Fair")])
        ]
        parts = [
            ("country", "国家", "Country"),
            ("province", "省", "State"),
            ("city", "市", "City"),
            ("district", "区县", "District"),
            ("street", "街道", "Street"),
            ("postcode", "邮编", "Postcode"),
        ]
        return [
            {"name": "text", "kind": "text", "label": say("文本", "Text"), "value": say("云启科技", "Harbor Light"), "required": True},
            {"name": "email", "kind": "email", "label": say("邮箱", "E-mail"), "placeholder": "name@company.example"},
            {"name": "phone", "kind": "phone", "label": say("电话", "Phone"), "value": "13800138000", "help": say("手机或带区号的座机。", "With country code, or local.")},
            {"name": "url", "kind": "url", "label": say("网址", "Website"), "value": "abc", "error": say("网址以 https:// 开头。", "An address starts with https://.")},
            {"name": "integer", "kind": "integer", "label": say("员工人数", "Employees"), "value": 0},
            {"name": "decimal", "kind": "decimal", "label": say("折扣", "Discount"), "value": "0.85"},
            {"name": "money", "kind": "money", "label": say("金额", "Amount"), "value": "24000.00", "currency": "CNY", "currencies": ["CNY", "USD", "EUR"]},
            {"name": "money_one", "kind": "money", "label": say("金额（单一币种）", "Amount, one currency"), "value": "120.50", "currency": "CNY"},
            {"name": "date", "kind": "date", "label": say("日期", "Date"), "value": "2026-11-30", "quick": True},
            {"name": "datetime", "kind": "datetime", "label": say("时间", "Date and time"), "value": "2026-11-30T09:30"},
            {"name": "choice", "kind": "choice", "label": say("单选", "Choice"), "value": "1", "choices": choices},
            {"name": "chips", "kind": "choice", "style": "chips", "label": say("单选（按钮）", "Choice as chips"), "value": "0", "choices": choices},
            {"name": "several", "kind": "multiple_choice", "label": say("多选", "Several choices"), "value": ["0", "2"], "choices": choices},
            {"name": "tags", "kind": "tags", "label": say("标签", "Tags"), "selected": [{"value": "a", "label": say("华南", "South")}], "choices": [{"value": "b", "label": say("老客户", "Regular")}]},
            {"name": "owner", "kind": "person", "label": say("负责人", "Owner"), "selected": [{"value": "1", "label": say("陈志远", "Maria Keller")}]},
            {"name": "customer", "kind": "link", "label": say("客户", "Customer"), "placeholder": say("输入名称、拼音或电话", "Type a name or phone")},
            {"name": "file", "kind": "file", "label": say("附件", "File"), "files": [{"name": say("合同.pdf", "contract.pdf"), "url": "#", "size": "1.2 MB", "remove_name": "x"}]},
            {"name": "boolean", "kind": "boolean", "label": say("允许营销邮件", "May get marketing mail"), "value": True},
            {"name": "readonly", "kind": "text", "label": say("编号", "Number"), "value": "C-2026-00042", "readonly": True},
            {"name": "address", "kind": "address", "label": say("地址", "Address"), "parts": [{"name": f"address.{name}", "label": say(chinese, english), "wide": name == "street"} for name, chinese, english in parts]},
            {"name": "long", "kind": "long_text", "label": say("备注", "Note"), "value": say("第一行\n第二行", "First line\nSecond line")},
        ]  # fmt: skip

    def sign_in(self) -> Values:
        """Return the sign-in form."""
        say = self.say
        return {
            "title": say("登录", "Sign in"), "action": "#", "submit_label": say("登录", "Sign in"), "text": say("欢迎回来。", "Welcome back."),
            "fields": [
                {"name": "email", "kind": "email", "label": say("邮箱", "E-mail"), "required": True, "autofocus": True, "autocomplete": "username"},
                {"name": "password", "kind": "password", "label": say("密码", "Password"), "required": True, "autocomplete": "current-password"},
            ],
            "links": [{"label": say("忘记密码？", "Forgot your password?"), "url": "#"}],
        }  # fmt: skip

    def wizard(self) -> Values:
        """Return a step of the first-run guide."""
        say = self.say
        labels = [say("公司", "Company"), say("同事", "Colleagues"), say("数据", "Data"), say("完成", "Done")]
        states = ["done", "current", "ahead", "ahead"]
        return {
            "title": say("邀请同事", "Invite your colleagues"), "text": say("填上邮箱，他们会收到一个链接。也可以以后再做。", "They get a link by e-mail. You can also do this later."),
            "steps": [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)], "action": "#", "skip_url": "#", "back_url": "#",
            "sections": [{"fields": [{"name": "emails", "kind": "long_text", "label": say("邮箱（每行一个）", "E-mail addresses, one a line")}]}],
        }  # fmt: skip

    def conflict(self) -> Values:
        """Return both sides of a stale record."""
        say = self.say
        return {
            "who": say("王磊", "Ben Bench"), "when": "14:32", "version": 4,
            "fields": [
                {"name": "phone", "label": say("电话", "Phone"), "mine": {"text": "138 0013 8000", "value": "1"}, "theirs": {"text": "139 1234 5678", "value": "2"}},
                {"name": "status", "label": say("状态", "Status"), "mine": {"text": say("跟进中", "In contact"), "value": "1"}, "theirs": {"text": say("重点客户", "Key account"), "value": "2"}},
            ],
        }  # fmt: skip
