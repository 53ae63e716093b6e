"""GraphQL documents, parsed and validated once for each text."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
    validate,
)

KEPT = 256


@dataclass(frozen=True)
class Document:
    """A text with what became of it: a checked document, or the errors and their code."""

    node: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    code: str = ""
    operations: tuple[OperationDefinitionNode, ...] = ()
    fields: frozenset[str] = frozenset()

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation that a request means, or None when that is not clear."""
        if name is None:
            return self.operations[0] if len(self.operations) == 1 else None
        return next((op for op in self.operations if op.name and op.name.value == name), None)

    def label(self, name: str | None) -> str:
        """What a request is counted by: the operation's name, else its first field."""
        operation = self.operation(name)
        if operation is None:
            return "graphql"
        if operation.name:
            return operation.name.value
        first = operation.selection_set.selections[0]
        return first.name.value if isinstance(first, FieldNode) else "graphql"

    def names(self, name: str | None) -> frozenset[str]:
        """The lower-case names that a fault may aim at."""
        return self.fields | {"graphql", self.label(name).lower()}

    def is_mutation(self, name: str | None) -> bool:
        """Whether the request changes something."""
        operation = self.operation(name)
        return operation is not None and operation.operation is OperationType.MUTATION


def _fields(selections: SelectionSetNode | None, found: set[str]) -> None:
    for selection in selections.selections if selections else ():
        if isinstance(selection, FieldNode):
            found.add(selection.name.value.lower())
        _fields(getattr(selection, "selection_set", None), found)


def _read(schema: GraphQLSchema, text: str) -> Document:
    try:
        node = parse(text)
    except GraphQLError as error:
        return Document(None, (error,), "GRAPHQL_PARSE_FAILED")
    found: set[str] = set()
    for definition in node.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            _fields(definition.selection_set, found)
    operations = tuple(d for d in node.definitions if isinstance(d, OperationDefinitionNode))
    errors = tuple(validate(schema, node))
    code = "GRAPHQL_VALIDATION_FAILED" if errors else ""
    return Document(node, errors, code, operations, frozenset(found))


class Documents:
    """The last texts seen; used by one event loop only."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def read(self, text: str) -> Document:
        """The document of a text, from memory when it is known."""
        document = self._kept.get(text)
        if document is None:
            document = self._kept[text] = _read(self._schema, text)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return document
