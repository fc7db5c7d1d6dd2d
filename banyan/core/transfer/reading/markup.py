"""XML read as a stream of events, without the parts of XML that are weapons."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import IO, Generic, TypeVar
from xml.parsers import expat

from banyan.core.transfer.reading import refusals

Found = TypeVar("Found")
_CHUNK_BYTES = 1 << 16


class Markup(ABC, Generic[Found]):
    """A reader of one kind of XML document: collects what it finds while the parser calls it.

    Names come without their namespace prefix, because producers choose prefixes freely. A reader
    that can do with the attributes as they are written sets ``has_prefixed_attributes`` to False.
    """

    has_prefixed_attributes = True

    def __init__(self) -> None:
        self.found: list[Found] = []

    @abstractmethod
    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""

    @abstractmethod
    def end(self, name: str) -> None:
        """Take the end of an element."""

    def text(self, text: str) -> None:
        """Take text between tags."""
        return

    def read(self, stream: IO[bytes]) -> Iterator[Found]:
        """Yield what the reader found, as soon as it is complete; refuse a damaged document."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = _FirstElement(parser, self)
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.text
        # Entities are only declared in a document type, which no spreadsheet program writes.
        parser.StartDoctypeDeclHandler = _refuse_document_type
        try:
            while chunk := stream.read(_CHUNK_BYTES):
                parser.Parse(chunk, False)
                if self.found:
                    yield from self._take()
            parser.Parse(b"", True)
            yield from self._take()
        except expat.ExpatError as error:
            raise refusals.broken(str(error)) from None

    def _take(self) -> list[Found]:
        found, self.found = self.found, []
        return found


class _FirstElement:
    """Decides at the first element whether prefixes must be cut off: doing it for every element costs a third."""

    def __init__(self, parser: expat.XMLParserType, reader: Markup[Found]) -> None:
        self._parser = parser
        self._reader = reader

    def __call__(self, name: str, attributes: dict[str, str]) -> None:
        start: Callable[[str, dict[str, str]], None] = self._reader.start
        end: Callable[[str], None] = self._reader.end
        if ":" in name or self._reader.has_prefixed_attributes:
            start, end = _without_prefixes(start, end)
        self._parser.StartElementHandler = start
        self._parser.EndElementHandler = end
        start(name, attributes)


def _without_prefixes(
    start: Callable[[str, dict[str, str]], None], end: Callable[[str], None]
) -> tuple[Callable[[str, dict[str, str]], None], Callable[[str], None]]:
    def start_local(name: str, attributes: dict[str, str]) -> None:
        start(name[name.find(":") + 1 :], {key[key.find(":") + 1 :]: value for key, value in attributes.items()})

    def end_local(name: str) -> None:
        end(name[name.find(":") + 1 :])

    return start_local, end_local


def _refuse_document_type(*_declaration: object) -> None:
    raise refusals.broken("document type declaration")
