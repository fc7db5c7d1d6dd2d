"""``banyan advise``: which edition and modules fit a company, what that costs and brings, before anything is installed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from banyan.cli.starting import open_installation, speak_as_the_terminal

FORMATS = ("text", "json", "pdf", "xlsx")


@click.command()
@click.option("--answers", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A YAML or JSON file of answers, such as “headcount: 200”.")  # fmt: skip
@click.option("--answer", "given", multiple=True, metavar="QUESTION=ANSWER",
              help="One answer, over that of the file; several options separated by commas. May be repeated.")  # fmt: skip
@click.option("--headcount", default="", help="The same as --answer headcount=N.")
@click.option("--industry", default="", help="The same as --answer industry=NAME.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write; needed for pdf and xlsx."
)
@click.option("--questions", "shows_questions", is_flag=True, help="Print the questions with their options instead.")
@click.option("--language", type=click.Choice(["zh-hans", "en"]), default=None, help="That of the terminal without it.")
def advise(
    *, path: Path | None, given: tuple[str, ...], form: str, output: Path | None, shows_questions: bool, language: str | None,
    **named: str,
) -> None:  # fmt: skip
    """Print which edition and modules fit a company, with reasons, plan, cost and benefit."""
    open_installation(start_database=False)
    speak_as_the_terminal()
    from django.utils import translation  # noqa: PLC0415 needs Django

    from banyan.editions.public import read_answers  # noqa: PLC0415 as above

    if language:
        translation.activate(language)
    if shows_questions:
        _print_questions()
        return
    told = [entry.partition("=") for entry in given]
    wrong = next((entry for entry, sign, _value in told if not sign), None)
    if wrong is not None:
        raise click.BadParameter(f"“{wrong}” is no QUESTION=ANSWER.", param_hint="--answer")
    known = {name: value for name, value in named.items() if value} | {name: value for name, _sign, value in told}
    _refusing(lambda: _advise(read_answers({**_of_file(path), **known}), form, output))


def _of_file(path: Path | None) -> dict[str, Any]:
    from banyan.editions.public import answers_in_file  # noqa: PLC0415 needs Django

    if path is None:
        return {}
    try:
        return answers_in_file(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise click.ClickException(f"{path}: this is no text file.") from None


def _advise(answers: Mapping[str, Any], form: str, output: Path | None) -> None:
    from django.conf import settings  # noqa: PLC0415 needs Django
    from django.utils.translation import get_language  # noqa: PLC0415

    from banyan.editions.public import advice_as_pdf, advice_as_text, advice_as_workbook, tell  # noqa: PLC0415
    from banyan.editions.public import advise as advice_for  # noqa: PLC0415

    if form in {"pdf", "xlsx"} and output is None:
        raise click.UsageError(f"Say by --output where the {form} goes.")
    document = tell(advice_for(answers))
    address = f"{settings.CONFIGURATION.base_url}{document['address']}"
    if form == "pdf":
        content = advice_as_pdf(document, address, get_language() or "en")
    elif form == "xlsx":
        content = advice_as_workbook(document, address)
    else:
        text = json.dumps(document, ensure_ascii=False) if form == "json" else advice_as_text(document)
        content = f"{text}\n".encode()
    if output is None:
        click.echo(content.decode(), nl=False)
    else:
        output.write_bytes(content)


def _refusing(work: Any) -> None:
    """Let refusals end the command with what is wrong, instead of with a trace."""
    from banyan.core.kernel.errors import DomainError, Invalid  # noqa: PLC0415 needs Django

    try:
        work()
    except Invalid as problem:
        raise click.ClickException("; ".join(f"{error.field}: {error.message}" for error in problem.errors)) from None
    except DomainError as problem:
        raise click.ClickException(str(problem.message)) from None


def _print_questions() -> None:
    from banyan.editions.public import options_of, steps, word  # noqa: PLC0415 needs Django

    for step in steps():
        click.echo(word(step.label))
        for question in step.questions:
            click.echo(f"  {question.key}: {word(question.label)}")
            for key, label in options_of(question):
                click.echo(f"      {key}: {label}")
