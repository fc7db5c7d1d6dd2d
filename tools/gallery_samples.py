"""Made-up pages for the gallery, in both languages."""

from __future__ import annotations

from gallery_records import CUSTOMERS, RecordSamples, Values


class Samples(RecordSamples):
    """All sample pages in one language."""

    def frame(self) -> Values:
        """Return what every page gets."""
        say = self.say
        return {
            "language": self.language,
            "actor": {
                "name": say("陈志远", "Maria Keller"), "organization": say("木言设计工作室", "Alder Design Studio"),
                "language": self.language, "theme": "auto",
            },
            "menu": [
                {"label": say("我的一天", "My day"), "url": "/", "icon": "sun", "phone": True},
                {"label": say("客户", "Customers"), "url": "/customers", "icon": "building", "active": True, "phone": True, "section": say("客户", "Customers")},
                {"label": say("联系人", "Contacts"), "url": "/contacts", "icon": "address-book", "section": say("客户", "Customers")},
                {"label": say("任务", "Tasks"), "url": "/tasks", "icon": "checkbox", "count": 4, "phone": True, "section": say("工作", "Work")},
                {"label": say("商机", "Opportunities"), "url": "/opportunities", "icon": "target", "section": say("销售", "Sales")},
                {"label": say("订单", "Orders"), "url": "/orders", "icon": "shopping-cart", "section": say("销售", "Sales")},
                {"label": say("产品", "Products"), "url": "/products", "icon": "package", "section": say("销售", "Sales")},
                {"label": say("报表", "Reports"), "url": "/reports", "icon": "chart-bar", "section": say("销售", "Sales")},
            ],
            "quick_create": [
                {"label": say("客户", "Customer"), "url": "/customers/new", "icon": "building", "key": "c"},
                {"label": say("联系人", "Contact"), "url": "/contacts/new", "icon": "user-plus", "key": "p"},
                {"label": say("跟进记录", "Follow-up"), "url": "/activities/new", "icon": "message-plus", "key": "f"},
                {"label": say("商机", "Opportunity"), "url": "/opportunities/new", "icon": "target", "key": "o"},
                {"label": say("任务", "Task"), "url": "/tasks/new", "icon": "checkbox", "key": "t"},
            ],
            "unread_count": 3,
            "csrf_token": "sample",
        }  # fmt: skip

    def pages(self) -> dict[str, tuple[str, Values]]:
        """Return template and values of each sample page by its name."""
        table = self.list_page()
        return {
            "list": ("layout/list.html", {"page": table}),
            "list-filters": ("list_filters.html", {"page": table}),
            "list-empty": (
                "layout/list.html",
                {"page": {**table, "table": None, "count": None, "empty": self.empty()}},
            ),
            "panel": ("panel_open.html", {"page": table, "record": self.record()}),
            "board": ("layout/list.html", {"page": self.board_page()}),
            "record": ("layout/record.html", {"record": self.record()}),
            "dialog": ("dialog_open.html", {"page": table, "form": self.form()}),
            "command-palette": ("palette_open.html", {"page": table, "groups": self.palette()}),
            "menus": ("menus_open.html", {"page": table}),
            "inputs": ("inputs.html", {"fields": self.inputs()}),
            "pieces": ("pieces.html", {"say": self.say, "tiles": self.tiles(), "chart": self.chart()}),
            "shortcuts": ("shortcuts_open.html", {"page": table}),
            "sign-in": ("layout/sign_in.html", {"form": self.sign_in(), "actor": None}),
            "wizard": ("layout/wizard.html", {"wizard": self.wizard()}),
            "not-found": ("errors/404.html", {}),
            "conflict": ("conflict_open.html", {"page": table, "conflict": self.conflict(), "action": "#"}),
        }

    def columns(self) -> list[Values]:
        """Return the columns of the sample list."""
        say = self.say
        return [
            {"name": "name", "label": say("客户名称", "Name"), "kind": "text", "phone": "title", "sort_url": "?sort=name"},
            {"name": "status", "label": say("状态", "Status"), "kind": "choice", "phone": "meta", "editable": True},
            {"name": "owner", "label": say("负责人", "Owner"), "kind": "person", "phone": "meta", "editable": True},
            {"name": "phone", "label": say("电话", "Phone"), "kind": "phone"},
            {"name": "next_on", "label": say("下次跟进", "Next step"), "kind": "date", "phone": "meta", "sort_url": "?sort=next_on", "editable": True},
            {"name": "tags", "label": say("标签", "Tags"), "kind": "tags"},
            {"name": "amount", "label": say("成交金额", "Won amount"), "kind": "money", "align": "end", "phone": "end", "sorted": "desc", "sort_url": "?sort=amount"},
        ]  # fmt: skip

    def rows(self) -> list[Values]:
        """Return the rows of the sample list."""
        say = self.say
        rows = []
        for index in range(24):
            chinese, english, owner_zh, owner_en, status_zh, status_en, color, amount = CUSTOMERS[
                index % len(CUSTOMERS)
            ]
            name = say(chinese, english)
            tags = [{"text": say("华南", "South")}, {"text": say("老客户", "Regular")}] if index % 3 == 0 else []
            day = f"2026-11-{23 + index % 6:02d}" if index % 4 else ""
            rows.append(
                {
                    "id": f"c{index}", "url": f"/customers/c{index}", "label": name, "version": 1,
                    "cells": [
                        {"kind": "title", "text": name, "href": f"/customers/c{index}"},
                        {"kind": "choice", "text": say(status_zh, status_en), "color": color},
                        {"kind": "person", "text": say(owner_zh, owner_en)},
                        {"kind": "phone", "text": say("138 0013 80", "+44 20 7123 45") + f"{index:02d}", "value": "+8613800138000"},
                        {"kind": "date", "text": day, "value": day, "overdue": day == "2026-11-23"},
                        {"kind": "tags", "entries": tags},
                        {"kind": "money", "text": amount and say("¥", "£") + amount},
                    ],
                    "actions": [
                        {"icon": "message-plus", "label": say("写跟进", "Log a follow-up"), "url": f"/customers/c{index}/log", "opens": "dialog", "log": True},
                        {"icon": "dots", "label": say("更多操作", "More actions"), "url": "#"},
                    ],
                }
            )  # fmt: skip
        return rows

    def filter(self) -> Values:
        """Return the filter builder's values."""
        say = self.say
        number = [
            {"name": "gte", "label": say("至少", "at least"), "arity": 1},
            {"name": "between", "label": say("介于", "between"), "arity": 2},
        ]
        return {
            "id": "filter", "url": "/customers", "save_url": "/views",
            "fields": [
                {"name": "amount", "label": say("成交金额", "Won amount"), "kind": "money", "operators": number},
                {"name": "status", "label": say("状态", "Status"), "kind": "choice", "operators": [{"name": "in", "label": say("是以下之一", "is one of"), "arity": -1}],
                 "choices": [{"value": "key", "label": say("重点客户", "Key account")}, {"value": "new", "label": say("新客户", "New")}]},
                {"name": "created_at", "label": say("创建时间", "Created"), "kind": "datetime", "operators": [{"name": "within", "label": say("在", "within"), "arity": 1}],
                 "periods": [{"value": "this_month", "label": say("本月", "this month")}, {"value": "last_month", "label": say("上月", "last month")}]},
            ],
            "value": {"any": [{"all": [{"field": "amount", "op": "gte", "value": "50000"}, {"field": "status", "op": "in", "value": ["key"]}]}, {"all": [{"field": "created_at", "op": "within", "value": "this_month"}]}]},
        }  # fmt: skip

    def list_page(self) -> Values:
        """Return the sample list page."""
        say = self.say
        return {
            "title": say("客户", "Customers"),
            "actions": [
                {"label": say("导入", "Import"), "url": "/imports/new", "icon": "upload"},
                {"label": say("新建客户", "New customer"), "url": "/customers/new", "icon": "plus", "opens": "dialog", "primary": True},
            ],
            "views": [
                {"label": say("全部客户", "All customers"), "url": "/customers"},
                {"label": say("我的客户", "My customers"), "url": "/customers?view=mine", "active": True, "edit_url": "#", "count": 128},
                {"label": say("本周待跟进", "Due this week"), "url": "#", "count": 12},
                {"label": say("华南大客户", "Big in the south"), "url": "#", "shared": True},
            ],
            "new_view_url": "#",
            "search": {"url": "/customers", "placeholder": say("搜索客户、电话、拼音", "Search name, phone")},
            "filter": self.filter(), "filter_count": 2,
            "chips": [
                {"label": say("成交金额 至少 50,000", "Won amount at least 50,000"), "remove_url": "#"},
                {"label": say("状态 是 重点客户", "Status is Key account"), "remove_url": "#"},
            ],
            "clear_url": "#", "save_url": "#",
            "columns": [{"name": column["name"], "label": column["label"], "shown": True} for column in self.columns()], "columns_url": "#",
            "switch": [
                {"label": say("表格", "Table"), "icon": "table", "url": "#", "active": True},
                {"label": say("看板", "Board"), "icon": "layout-kanban", "url": "#"},
                {"label": say("日历", "Calendar"), "icon": "calendar", "url": "#"},
            ],
            "count": {"text": say("约 12,800 条", "about 12,800"), "exact_url": "#"},
            "table": {
                "id": "customers-table", "label": say("客户", "Customers"), "object": "customers", "columns": self.columns(), "rows": self.rows(),
                "selectable": True, "matching_count": "12,842", "totals": {"amount": say("¥4,235,400.50", "£4,235,400.50")}, "next_url": "",
                "bulk": [
                    {"label": say("分配给…", "Assign to …"), "icon": "user-check", "url": "#", "opens": "dialog"},
                    {"label": say("修改字段", "Change a field"), "icon": "edit", "url": "#", "opens": "dialog"},
                    {"label": say("加标签", "Tag"), "icon": "tag", "url": "#", "opens": "dialog"},
                    {"label": say("删除", "Delete"), "icon": "trash", "url": "#", "danger": True},
                ],
            },
        }  # fmt: skip

    def empty(self) -> Values:
        """Return an empty state."""
        say = self.say
        return {
            "title": say("还没有客户", "No customers yet"), "icon": "building-store",
            "text": say("客户是一切的开始：记下名称和电话就够了，其余的可以以后再补。也可以把现有的表格直接导入。", "Everything starts with a customer: a name and a phone number are enough, the rest can follow. Or bring the spreadsheet you have."),
            "actions": [
                {"label": say("新建客户", "New customer"), "url": "#", "icon": "plus", "opens": "dialog", "primary": True},
                {"label": say("从文件导入", "Import a file"), "url": "#", "icon": "upload"},
            ],
        }  # fmt: skip

    def board_page(self) -> Values:
        """Return the sample board page."""
        say = self.say
        stages = [
            ("new", "初步接触", "First contact", "grey"),
            ("need", "需求确认", "Needs clear", "blue"),
            ("offer", "方案报价", "Offer made", "purple"),
            ("deal", "商务谈判", "Negotiation", "orange"),
            ("won", "赢单", "Won", "green"),
        ]
        deals = [
            ("官网改版与品牌升级", "Website relaunch", "86,000"),
            ("年度印刷框架协议", "Yearly print contract", "240,000"),
            ("包装设计（春季新品）", "Packaging, spring range", "38,500"),
            ("展会展位设计搭建", "Trade fair booth", "128,000"),
        ]
        columns = []
        for position, (key, chinese, english, color) in enumerate(stages):
            cards = []
            for index in range(5 - position if position < 4 else 2):
                title_zh, title_en, amount = deals[(index + position) % len(deals)]
                customer_zh, customer_en, owner_zh, owner_en, *_rest = CUSTOMERS[
                    (index * 2 + position) % len(CUSTOMERS)
                ]
                cards.append({
                    "id": f"{key}{index}", "url": "#", "version": 1, "title": say(title_zh, title_en), "subtitle": say(customer_zh, customer_en),
                    "amount": say("¥", "£") + amount, "due": say("11月", "Nov ") + str(20 + index) + say("日", ""), "overdue": index == 1, "owner": say(owner_zh, owner_en),
                    "log_url": "#", "badges": [{"text": say("有竞争", "Competitor"), "color": "orange"}] if index == 2 else [],
                })  # fmt: skip
            columns.append({"key": key, "label": say(chinese, english), "color": color, "count": len(cards), "total": say("¥", "£") + f"{len(cards) * 98500:,}", "cards": cards, "create_url": "#" if position == 0 else ""})  # fmt: skip
        page = self.list_page()
        return {
            **page, "title": say("商机", "Opportunities"), "table": None, "columns": None, "chips": [], "filter_count": 0, "count": None,
            "board": {"id": "board", "label": say("商机看板", "Opportunity board"), "object": "opportunities", "columns": columns, "move_url": "/opportunities/move"},
        }  # fmt: skip

    def palette(self) -> list[Values]:
        """Return results of the palette."""
        say = self.say
        return [
            {"label": say("客户", "Customers"), "entries": [
                {"title": say(CUSTOMERS[0][0], CUSTOMERS[0][1]), "subtitle": "138 0013 8000", "hint": say("陈志远", "Maria Keller"), "url": "#", "icon": "building"},
                {"title": say(CUSTOMERS[3][0], CUSTOMERS[3][1]), "subtitle": "C-2026-00317", "hint": say("李思雨", "Tom Okafor"), "url": "#", "icon": "building"},
            ]},
            {"label": say("操作", "Actions"), "entries": [
                {"title": say("新建客户", "New customer"), "icon": "plus", "url": "#", "key": "c"}, {"title": say("写跟进", "Log a follow-up"), "icon": "message-plus", "url": "#"},
            ]},
            {"label": say("页面", "Pages"), "entries": [{"title": say("我的一天", "My day"), "icon": "sun", "url": "/"}, {"title": say("导入", "Import"), "icon": "upload", "url": "#"}]},
        ]  # fmt: skip

    def tiles(self) -> list[Values]:
        """Return stat tiles."""
        say = self.say
        return [
            {"label": say("本月新客户", "New customers this month"), "value": "42", "delta": "+12", "direction": "up", "good": True, "previous": say("上月 30", "30 last month"), "url": "#"},
            {"label": say("跟进记录", "Follow-ups"), "value": "318", "delta": "−8%", "direction": "down", "good": False, "previous": say("上月 346", "346 last month"), "url": "#"},
            {"label": say("成交订单", "Orders closed"), "value": "17", "delta": "0", "direction": "same", "previous": say("上月 17", "17 last month"), "url": "#"},
            {"label": say("成交金额", "Amount won"), "value": say("¥1,286,400", "£1,286,400"), "delta": "+24%", "direction": "up", "good": True, "previous": say("上月 ¥1,037,419", "£1,037,419 last month"), "url": "#"},
        ]  # fmt: skip

    def chart(self) -> Values:
        """Return a chart."""
        say = self.say
        months = [f"{month}{say('月', '')}" for month in range(6, 12)]
        won, lost = [12, 15, 9, 21, 17, 24], [8, 7, 11, 6, 9, 5]
        return {
            "id": "chart-won", "title": say("每月赢单与输单", "Won and lost by month"),
            "option": {"legend": {"top": 0, "right": 0}, "xAxis": {"type": "category", "data": months}, "yAxis": {"type": "value"},
                       "series": [{"type": "bar", "name": say("赢单", "Won"), "data": won, "barMaxWidth": 22}, {"type": "bar", "name": say("输单", "Lost"), "data": lost, "barMaxWidth": 22}]},
            "table": {"head": ["", say("赢单", "Won"), say("输单", "Lost")], "rows": [list(row) for row in zip(months, won, lost, strict=True)]},
        }  # fmt: skip
