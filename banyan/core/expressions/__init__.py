"""A small, safe language for formulas and conditions, written like in a spreadsheet."""

from banyan.core.expressions.compiling import Compiled, Reference, compile_expression
from banyan.core.expressions.functions import FUNCTIONS, FunctionHelp, function_help
from banyan.core.expressions.reading import names_in
from banyan.core.expressions.values import BadExpression, Moment, Type

__all__ = [
    "FUNCTIONS",
    "BadExpression",
    "Compiled",
    "FunctionHelp",
    "Moment",
    "Reference",
    "Type",
    "compile_expression",
    "function_help",
    "names_in",
]
