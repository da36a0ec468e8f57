"""What graphql-core answers, in the form of the line protocol of `hazina graphql check`."""

import re

from graphql import (GraphQLError, GraphQLSchema, TokenKind, build_schema, default_field_resolver, execute, parse, validate,
                     validate_schema)
from graphql.language import Lexer, Source

EXECUTABLE = {"query", "mutation", "subscription", "fragment", "{"}


def without_descriptions(text):
    """The text without the descriptions that the edition of September 2025 allows on operations, fragments and
    variables, which graphql-core does not know yet; white space stands in their place."""
    if '"' not in text:
        return text
    lexer = Lexer(Source(text))
    tokens = []
    try:
        while True:
            token = lexer.advance()
            if token.kind == TokenKind.EOF:
                break
            tokens.append(token)
    except (GraphQLError, LookupError):
        pass
    characters = list(text)
    depth = 0
    is_variables = False
    for index, token in enumerate(tokens):
        if token.kind in (TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L):
            if token.kind == TokenKind.PAREN_L and depth == 0:
                before = [other.value for other in tokens[max(0, index - 2):index]]
                is_variables = any(word in ("query", "mutation", "subscription") for word in before)
            depth += 1
        elif token.kind in (TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R):
            depth -= 1
        elif token.kind in (TokenKind.STRING, TokenKind.BLOCK_STRING) and index + 1 < len(tokens):
            follower = tokens[index + 1]
            is_description = depth == 0 and follower.value in EXECUTABLE and follower.value != "{" \
                and follower.kind == TokenKind.NAME and tokens[index - 1].value not in ("on", "fragment") \
                or depth == 1 and is_variables and follower.kind == TokenKind.DOLLAR and (
                    tokens[index - 1].kind not in (TokenKind.EQUALS, TokenKind.COLON))
            if is_description:
                for place in range(token.start, token.end):
                    if characters[place] not in "\r\n":
                        characters[place] = " "
    return "".join(characters)


class Oracle:
    def __init__(self):
        self.schemas = {}

    def answer(self, case):
        try:
            return self.run(case)
        except GraphQLError as error:
            return {"errors": [shown(error)]}
        except RecursionError:
            return {"skip": "nests too deep for graphql-core"}
        except KeyError:
            return {"skip": "its check of @oneOf looks a variable up that may not be defined"}
        except IndexError as error:
            # It reads past the end of a text.
            return {"errors": [{"message": f"graphql-core failed: {error!r}"}], "is_changed": True}

    def run(self, case):
        query = without_descriptions(case["query"])
        if case["action"] == "parse":
            try:
                parse(query)
            except GraphQLError as error:
                return {"errors": [shown(error)], "is_changed": query != case["query"]}
            return {}
        schema = self.schema(case["schema"])
        if not isinstance(schema, GraphQLSchema):
            return {"errors": schema, "schema": True}
        document = parse(query)
        errors = validate(schema, document)
        if errors or case["action"] == "validate":
            return {"errors": [shown(error) for error in errors]} if errors else {}
        result = execute(
            schema, document, root_value=case.get("data"), variable_values=case.get("variables"),
            operation_name=case.get("operationName"), field_resolver=resolve)
        answer = {"data": result.data}
        if result.errors:
            answer["errors"] = [shown(error) for error in result.errors]
        return answer

    def schema(self, sdl):
        if sdl not in self.schemas:
            if len(self.schemas) > 50:
                self.schemas.clear()
            self.schemas[sdl] = self.build(sdl)
        return self.schemas[sdl]

    @staticmethod
    def build(sdl):
        try:
            schema = build_schema(sdl)
        except GraphQLError as error:
            return [shown(error)]
        except (TypeError, ValueError) as error:
            return [{"message": str(error)}]
        errors = validate_schema(schema)
        return [shown(error) for error in errors] if errors else schema


def shown(error):
    """An error as JSON. Its locations are counted here: graphql-core takes more characters than the specification does
    for the end of a line."""
    entry = {"message": error.message}
    if error.positions and error.source:
        entry["locations"] = [location(error.source.body, position) for position in error.positions]
    if error.path:
        entry["path"] = error.path
    return entry


def location(text, position):
    lines = re.split("\r\n|\n|\r", text[:position])
    if text[position - 1:position + 1] == "\r\n":
        lines = lines[:-1]
    return {"line": len(lines), "column": len(lines[-1]) + 1}


def resolve(source, info, **arguments):
    value = default_field_resolver(source, info, **arguments)
    if isinstance(value, dict) and "$error" in value:
        raise GraphQLError(value["$error"])
    return value


def is_stricter_by_text(message):
    """Whether a refusal of a schema is demanded by the edition of September 2025 and unknown to graphql-core."""
    return re.search(r"has an invalid default|contains itself", message) is not None
