"""Every error has a code and a label; the catalogue of what people see is complete."""

from __future__ import annotations

import pytest

from agent import errors
from agent.errors import AgentError
from agent.model.document import Stage
from agent.model.overview import Subject, Waiting
from agent.model.reasons import Reason
from agent.words.catalogue import (
    OPEN_LEFT,
    REASONS,
    ROOT_AWAY,
    STILL_WRITTEN,
    Words,
    waiting_words,
)
from agent.words.errors import ERRORS, code_of, error_words, words_of_error


def classes(root: type[AgentError] = AgentError) -> list[type[AgentError]]:
    found = [root, *(one for kind in root.__subclasses__() for one in classes(kind))]
    return [kind for kind in found if kind.__module__ == errors.__name__]


def failed(said: str) -> Words:
    """The words of a document that Filed could not take."""
    return waiting_words(
        Waiting(Subject.document, 1, Stage.failed, "w2", None, "Ash", None, said, None, None)
    )


# features.md 7, row by row: the stable code, whether it ends by itself, and the words found.
# Not here, because the agent does not do it: a schedule of sending hours, a mass change that is
# held (a watched folder that is suddenly empty is "folder-away"), a disk that is only almost full.
CATALOGUE: list[tuple[str, str, bool, Words]] = [
    ("in use", Reason.in_use, True, REASONS[Reason.in_use]),
    ("still being written", "settling", True, STILL_WRITTEN),
    ("incomplete PDF", Reason.incomplete, True, REASONS[Reason.incomplete]),
    ("empty file", Reason.empty, False, REASONS[Reason.empty]),
    ("too large", "too-large", False, words_of_error(errors.TooLarge)),
    ("type not allowed", "type-not-accepted", False, words_of_error(errors.TypeNotAccepted)),
    ("name/path not usable", Reason.name_unusable, False, REASONS[Reason.name_unusable]),
    ("no permission to read", Reason.denied, False, REASONS[Reason.denied]),
    ("folder unavailable", "folder-away", False, ROOT_AWAY),
    ("no client match", Reason.no_client, False, REASONS[Reason.no_client]),
    ("no client match", Reason.layout, False, REASONS[Reason.layout]),
    ("no client match", Reason.not_allowed, False, REASONS[Reason.not_allowed]),
    ("two clients match", Reason.two_folders, False, REASONS[Reason.two_folders]),
    ("two clients match", Reason.same_name, False, REASONS[Reason.same_name]),
    ("moved to another client", Reason.renamed, False, REASONS[Reason.renamed]),
    ("changed during upload", "file-changed", True, words_of_error(errors.FileChanged)),
    ("upload expired", "upload-expired", True, words_of_error(errors.UploadGone)),
    ("server refused", "filed-refused", False, words_of_error(errors.FiledRefused)),
    ("Filed could not process", "failed", False, failed("Page 3 cannot be read.")),
    ("waiting for network", "unreachable", True, words_of_error(errors.FiledUnreachable)),
    ("on its way", "open", True, OPEN_LEFT),
    ("sign-in needed", "sign-in", False, words_of_error(errors.SignInNeeded)),
    ("proxy needs credentials", "proxy-refused", False, words_of_error(errors.ProxyRefused)),
    ("certificate not trusted", "not-trusted", False, words_of_error(errors.NotTrusted)),
    ("disk for records full", "ledger-full", False, words_of_error(errors.LedgerFull)),
]


@pytest.mark.parametrize(("row", "code", "transient", "words"), CATALOGUE)
def test_what_people_see_has_a_label_a_sentence_a_next_step_and_a_code(
    row: str, code: str, transient: bool, words: Words
) -> None:
    assert code == code.lower().replace(" ", "-")
    assert 0 < len(words.label) <= 24, row
    assert not words.label.endswith(".")
    assert words.sentence[0].isupper()
    assert words.sentence.endswith(".")
    assert words.next_step.endswith(".")
    assert words.person is not transient, row


def test_each_row_of_the_catalogue_has_a_code_of_its_own() -> None:
    codes = [code for _, code, _, _ in CATALOGUE]
    assert len(set(codes)) == len(codes)


def test_every_error_has_its_code_and_label() -> None:
    assert set(ERRORS) == set(classes())
    assert len({told.code for told in ERRORS.values()}) == len(ERRORS)
    assert all(len(told.label) <= 24 for told in ERRORS.values())


def test_an_error_that_is_defined_elsewhere_has_the_words_of_its_parent() -> None:
    class Odd(errors.TooLarge):
        """Made up."""

    assert code_of(Odd) == "too-large"
    assert error_words(Odd) is ERRORS[errors.TooLarge]


@pytest.mark.parametrize("kind", classes())
def test_what_never_ends_by_itself_is_not_called_transient(kind: type[AgentError]) -> None:
    told = words_of_error(kind)
    if kind.retry in (errors.Retry.person, errors.Retry.fatal, errors.Retry.never):
        assert told.person
    if kind.retry is errors.Retry.again:
        assert not told.person
