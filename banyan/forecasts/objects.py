"""What targets are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from banyan.core.objects.kinds import Departments, Number, Text
from banyan.core.objects.spec import ObjectSpec, Section, field_of
from banyan.forecasts import preparation
from banyan.forecasts.models import Target

TARGET = ObjectSpec(
    name="target",
    plural="targets",
    model=Target,
    module="opportunities",
    label=_("Target"),
    label_plural=_("Targets"),
    icon="flag",
    description=_(
        "What is to be reached in a month, quarter or year, by one person, a department or everybody together."
    ),
    number_pattern="TG-{number:04d}",
    fields=(
        "name",
        field_of(Target, "person", aliases=("负责人", "销售", "sales rep")),
        field_of(Target, "departments", kind=Departments(), aliases=("部门",)),
        field_of(Target, "measure", aliases=("指标", "metric")),
        field_of(Target, "period", aliases=("周期",)),
        field_of(Target, "month", aliases=("月份", "开始日期")),
        field_of(
            Target,
            "amount",
            kind=Number(digits=18, decimals=2),
            summed=False,
            aliases=("目标", "目标金额", "target amount"),
        ),
        field_of(Target, "currency", kind=Text(maximum=3), default=lambda actor: actor.currency),
        field_of(Target, "dimension", aliases=("维度",)),
        field_of(Target, "part", aliases=("维度值",)),
    ),
    columns=("name", "person", "measure", "period", "month", "amount"),
    sections=(
        Section(_("Basics"), ("person", "departments", "month", "amount", "currency")),
        Section(_("More"), ("measure", "period", "dimension", "part", "owner")),
    ),
    quick_fields=("person", "month", "amount"),
    sort="-month",
    filters=("person", "measure", "period", "month", "dimension"),
    in_menu=False,
    timeline=False,
    own_fields=("owner", "person"),
    prepare=preparation.prepare_targets,
)

OBJECTS = (TARGET,)
