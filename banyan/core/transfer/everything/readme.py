"""The texts that explain an export to whoever opens it, in both languages."""

from __future__ import annotations

ENGLISH = """\
Everything of {organization}
Exported from Banyan CRM {version} on {at}

records/    the records of each object, recycle bin included (see the last column)
settings/   the organization, people, departments, roles, own fields, pick lists, saved views
history/    who changed what and when, with old and new values
files/      uploaded files as files/<id>/<name>; attachments.csv says to which record each belongs
other/      everything else the organization has: comments, lines, notices ...
manifest.json   every file with its size, SHA-256 checksum and number of rows

Each table is there twice. CSV (UTF-8 with a mark, opens in Excel, WPS and Numbers) has names for people and reads back
through the import of Banyan. JSON Lines (one JSON object a line) has the ids, exact values and links for programs:
dates are ISO 8601, instants are in UTC, amounts are text so that nothing is rounded. A text that begins like a formula
has an apostrophe in front in CSV.

Left out on purpose: passwords, API tokens, invitations and everything else that would let somebody in.
Each table shows the moment at which it was written; people could go on working meanwhile.
"""

CHINESE = """\
{organization} 的全部数据
由榕树 CRM {version} 于 {at} 导出

records/    各对象的记录，包括回收站里的（见最后一列）
settings/   组织信息、成员、部门、角色、自定义字段、选项列表、保存的视图
history/    变更历史：谁在什么时候改了什么，旧值和新值
files/      上传的文件，位置是 files/<id>/<文件名>；attachments.csv 说明每个文件属于哪条记录
other/      组织的其他数据：评论、明细、通知等
manifest.json   每个文件的大小、SHA-256 校验和与行数

每张表有两份。CSV（带标记的 UTF-8，Excel、WPS、Numbers 都能直接打开）用给人看的名称，也能再导入榕树。
JSON Lines（每行一个 JSON 对象）供程序使用，含 id、精确值和关联：日期为 ISO 8601，时间为 UTC，金额以文本保存，不会被四舍五入。
CSV 中像公式的文本前面加了一个撇号。

有意不导出：密码、API 令牌、邀请链接以及其他可用于登录的内容。
每张表反映写入那一刻的数据；导出期间大家可以照常工作。
"""

NAMES = {"README.en.md": ENGLISH, "README.zh-CN.md": CHINESE}
