"""What names say: a client from its folder's path, a media type from a file's name. Pure.

A layout such as "{tax_year}/{client} ({external_id})" describes the first folders below a root;
everything deeper belongs to the client. Names come as os.fsencode bytes and are data, never part
of a pattern or a path (reliability.md N1-N16, C13).
"""

from __future__ import annotations

import difflib
import mimetypes
import os
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from agent.model.client import Place
from agent.model.reasons import Reason

RETURN_TYPES = ("F1040", "F1041", "F1065", "F1120", "F1120S", "F990")
TAX_YEARS = range(1990, 2101)
NAME_MOST = 200  # characters in a client's name or external ID
COMPONENT_MOST = 300  # longer folder names are not even compared

# Each may stand once in a layout, so that a component has at most two parts of free length:
# the work of a comparison is bounded by COMPONENT_MOST squared.
TOKENS = {
    "client": f"(?P<client>.{{1,{COMPONENT_MOST}}})",  # takes as much as it can
    "external_id": f"(?P<external_id>.{{1,{COMPONENT_MOST}}}?)",  # as little as it can
    "tax_year": "(?P<tax_year>[0-9]{4})",
    "return_type": "(?P<return_type>F?(?:1040|1041|1065|1120S|1120|990))",
}
ANY = "any"
TEMPLATE_TOKENS = ("client", "external_id", "tax_year", "return_type")
TOKEN = re.compile(r"\{([^{}]*)\}")

# Ask a person about names that would show otherwise than they are: overrides and line breaks.
MISLEADING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
JOINERS = frozenset("\u200c\u200d")  # part of many scripts and of emoji


@dataclass(frozen=True, slots=True)
class Layout:
    """A parsed layout: one compiled pattern for each folder below the root, None for {any}."""

    text: str
    tokens: frozenset[str]
    _components: tuple[re.Pattern[str] | None, ...]

    @classmethod
    def parse(cls, text: str) -> Layout:
        """Read a layout; raises ValueError with a sentence that says what is wrong with it."""
        components = text.strip().removesuffix("/").split("/")
        tokens: list[str] = []
        patterns = tuple(_component(part, tokens) for part in components)
        if not {"client", "external_id"} & set(tokens):
            raise ValueError("it has neither {client} nor {external_id}")
        return cls(text, frozenset(tokens), patterns)

    def check(self, *, external_id: str, tax_year: int | None, return_type: str | None) -> None:
        """Raise ValueError, with a sentence, when a place could never be told by these."""
        wanted = _template_tokens(external_id)
        if tax_year is None and "tax_year" not in self.tokens:
            raise ValueError("tax_year is missing, and the layout has no {tax_year}")
        if return_type is None and "return_type" not in self.tokens:
            raise ValueError("return_type is missing, and the layout has no {return_type}")
        for token in ("client", "external_id"):
            if token in wanted and token not in self.tokens:
                raise ValueError(f"external_id has {{{token}}}, and the layout does not")
        if not wanted & {"client", "external_id"}:
            raise ValueError("external_id has neither {client} nor {external_id}")
        if "tax_year" in self.tokens and not wanted & {"tax_year", "external_id"}:
            raise ValueError(
                "the layout has {tax_year}, so external_id needs it too: "
                "Filed keeps one tax year for each external ID"
            )

    def read(
        self, folder: bytes, *, tax_year: int | None, return_type: str | None, external_id: str
    ) -> Place | Reason:
        """The client of a file in `folder` (relative to the root), or why it cannot be told.

        `tax_year` and `return_type` count where the path does not say; `external_id` is a
        template such as "{client}-{tax_year}". Never raises.
        """
        parts = folder.split(b"/") if folder else []
        if len(parts) < len(self._components):
            return Reason.no_client
        parts = parts[: len(self._components)]
        values: dict[str, str] = {}
        for pattern, part in zip(self._components, parts, strict=True):
            reason = None if pattern is None else _compare(pattern, part, values)
            if reason is not None:
                return reason
        return _place(b"/".join(parts), values, tax_year, return_type, external_id)


def _component(part: str, tokens: list[str]) -> re.Pattern[str] | None:
    """The pattern of one component; adds its tokens to `tokens`."""
    if part.strip() in ("", ".", ".."):
        raise ValueError("a folder in it has no name")
    if "\\" in part:
        raise ValueError("folders in it are separated by /, not by \\")
    pieces = TOKEN.split(unicodedata.normalize("NFC", part))  # literal, token, literal, ...
    names = pieces[1::2]
    for name in names:
        if name not in TOKENS and name != ANY:
            raise ValueError(_unknown(name, (*TOKENS, ANY)))
    if any("{" in literal or "}" in literal for literal in pieces[::2]):
        raise ValueError("a brace has no partner")
    if ANY in names:
        if part.strip() != "{any}":
            raise ValueError("{any} stands for a whole folder and for nothing less")
        return None
    if "" in pieces[2:-1:2]:
        raise ValueError("two tokens touch; put something between them")
    tokens += names
    _each_once(tokens)
    pattern = "".join(
        TOKENS[piece] if odd % 2 else re.escape(piece) for odd, piece in enumerate(pieces)
    )
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


def _each_once(tokens: list[str]) -> None:
    for token in TOKENS:
        if tokens.count(token) > 1:
            raise ValueError(f"{{{token}}} stands more than once")


def _template_tokens(template: str) -> set[str]:
    names = TOKEN.findall(template)
    for name in names:
        if name not in TEMPLATE_TOKENS:
            raise ValueError("external_id: " + _unknown(name, TEMPLATE_TOKENS))
    rest = TOKEN.sub("", template)
    if "{" in rest or "}" in rest:
        raise ValueError("external_id: a brace has no partner")
    return set(names)


def _unknown(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name.strip().lower(), known, n=1)
    hint = f"did you mean {{{near[0]}}}?" if near else "known are {" + "}, {".join(known) + "}"
    return f"{{{safe_text(name)}}} is unknown; {hint}"


def _compare(pattern: re.Pattern[str], part: bytes, values: dict[str, str]) -> Reason | None:
    """Add what one folder name says to `values`, or tell why it says nothing."""
    text = _decode(part)
    if len(text) > COMPONENT_MOST:
        return Reason.name_unusable
    found = pattern.fullmatch(unicodedata.normalize("NFC", text))
    if found is None:
        return Reason.layout
    values.update(found.groupdict())
    return None


def _place(
    folder: bytes,
    values: dict[str, str],
    tax_year: int | None,
    return_type: str | None,
    template: str,
) -> Place | Reason:
    own = {key: value.strip() for key, value in values.items() if key in ("client", "external_id")}
    if not all(_usable(value) for value in own.values()):
        return Reason.name_unusable
    year = int(values["tax_year"]) if "tax_year" in values else tax_year
    form = return_type_named(values.get("return_type") or return_type or "")
    if year is None or year not in TAX_YEARS or form is None:
        return Reason.layout
    facts = {**own, "tax_year": str(year), "return_type": form}
    if not set(TOKEN.findall(template)) <= set(facts):
        return Reason.layout
    external_id = TOKEN.sub(lambda token: facts[token[1]], template)
    name = own.get("client") or own["external_id"]
    key = _folded(own.get("client", "")) + "\n" + _folded(external_id)
    return Place(folder, key, name, external_id, year, form)


def return_type_named(text: str) -> str | None:
    """Filed's word for a return type, given with or without its F and in any case, or None."""
    word = text.strip().upper()
    word = word if word.startswith("F") else "F" + word
    return word if word in RETURN_TYPES else None


def same_name(one: str, other: str) -> bool:
    """Whether two client names are the same to a person: normalised, trimmed, in any case."""
    return _folded(one.strip()) == _folded(other.strip())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _usable(name: str) -> bool:
    if not name.strip(" .") or len(name) > NAME_MOST or not MISLEADING.isdisjoint(name):
        return False
    return not any(unicodedata.category(char) in ("Cc", "Cs") for char in name)


def _decode(name: bytes) -> str:
    """The name as text; what is no text stays as lone surrogates."""
    try:
        return os.fsdecode(name)
    except UnicodeDecodeError:  # Windows: bytes that no file name there can have
        return name.decode("utf-8", "surrogateescape")


def display_name(name: bytes) -> str:
    """The name as Filed and people are told it; what is no text becomes U+FFFD (N5, N6)."""
    return re.sub("[\ud800-\udfff]", "\ufffd", _decode(name))


def safe_text(text: str) -> str:
    """The text on one line, with what would break or disguise it as visible escapes (N1-N3)."""
    if text.isprintable():
        return text
    return "".join(_escaped(char) if _misleads(char) else char for char in text)


def _misleads(char: str) -> bool:
    kind = unicodedata.category(char)
    return kind in ("Cc", "Cs", "Zl", "Zp") or (kind == "Cf" and char not in JOINERS)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


USUAL_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "heic": "image/heic",
    "heif": "image/heif",
    "webp": "image/webp",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "csv": "text/csv",
    "txt": "text/plain",
    "rtf": "application/rtf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "eml": "message/rfc822",
    "msg": "application/vnd.ms-outlook",
    "htm": "text/html",
    "html": "text/html",
    "xml": "application/xml",
    "json": "application/json",
    "zip": "application/zip",
    "qbo": "application/vnd.intu.qbo",
    "qfx": "application/vnd.intu.qfx",
    "ofx": "application/x-ofx",
}
UNKNOWN_TYPE = "application/octet-stream"


def media_type(name: str) -> str:
    """The media type by the name's ending; what Filed makes of it is Filed's business (F23)."""
    stem, _, ending = name.rpartition(".")
    if not stem:
        return UNKNOWN_TYPE
    usual = USUAL_TYPES.get(ending.lower())
    if usual is not None:
        return usual
    guessed, encoding = _python_types().guess_type("x." + ending)
    return UNKNOWN_TYPE if guessed is None or encoding is not None else guessed


@cache
def _python_types() -> mimetypes.MimeTypes:
    """Python's own table alone, none of the system's: the same answer on every machine."""
    return mimetypes.MimeTypes()
