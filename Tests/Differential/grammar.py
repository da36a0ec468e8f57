"""Random documents from the grammar alone, without a schema: every production, executable and type system."""

from words import NAMES, number, string

LOCATIONS = ["QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT",
             "VARIABLE_DEFINITION", "SCHEMA", "SCALAR", "OBJECT", "FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INTERFACE",
             "UNION", "ENUM", "ENUM_VALUE", "INPUT_OBJECT", "INPUT_FIELD_DEFINITION"]


class Grammar:
    def __init__(self, rng, bad=0.02):
        self.rng = rng
        self.bad = bad

    def chance(self, probability):
        return self.rng.random() < probability

    def name(self):
        return self.rng.choice(NAMES)

    def many(self, part, least=1, most=3):
        return [token for _ in range(self.rng.randint(least, most)) for token in part()]

    def maybe(self, part, probability=0.4):
        return part() if self.chance(probability) else []

    def description(self, probability=0.15):
        return [string(self.rng, self.bad)] if self.chance(probability) else []

    def value(self, constant, depth=3):
        kind = self.rng.randrange(9 if depth else 6)
        if kind == 0:
            return [number(self.rng, self.bad)]
        if kind == 1:
            return [string(self.rng, self.bad)]
        if kind == 2:
            return [self.rng.choice(["true", "false", "null"])]
        if kind == 3:
            return [self.name()]
        if kind in (4, 5):
            return [number(self.rng)] if constant and not self.chance(self.bad) else ["$", self.name()]
        if kind in (6, 7):
            return ["[", *self.many(lambda: self.value(constant, depth - 1), 0), "]"]
        return ["{", *self.many(lambda: [self.name(), ":", *self.value(constant, depth - 1)], 0), "}"]

    def arguments(self, constant):
        return ["(", *self.many(lambda: [self.name(), ":", *self.value(constant)]), ")"]

    def directives(self, constant, probability=0.2):
        if not self.chance(probability):
            return []
        return self.many(lambda: ["@", self.name(), *self.maybe(lambda: self.arguments(constant))], 1, 2)

    def type(self, depth=3):
        inner = ["[", *self.type(depth - 1), "]"] if depth and self.chance(0.3) else [self.name()]
        return inner + (["!"] if self.chance(0.3) else [])

    def selections(self, depth=3):
        return ["{", *self.many(lambda: self.selection(depth), 1, 4), "}"]

    def selection(self, depth):
        kind = self.rng.randrange(6)
        if kind == 0:
            return ["...", self.name(), *self.directives(False)]
        if kind == 1 and depth:
            condition = ["on", self.name()] if self.chance(0.6) else []
            return ["...", *condition, *self.directives(False), *self.selections(depth - 1)]
        alias = [self.name(), ":"] if self.chance(0.2) else []
        below = self.selections(depth - 1) if depth and self.chance(0.3) else []
        return [*alias, self.name(), *self.maybe(lambda: self.arguments(False), 0.3), *self.directives(False), *below]

    def variable(self):
        default = ["=", *self.value(True)] if self.chance(0.4) else []
        return [*self.description(0.05), "$", self.name(), ":", *self.type(), *default, *self.directives(True)]

    def executable(self):
        kind = self.rng.randrange(4)
        if kind == 0:
            return self.selections()
        if kind == 1:
            name = self.name()
            return [*self.description(0.05), "fragment", name, "on", self.name(), *self.directives(False),
                    *self.selections()]
        variables = ["(", *self.many(self.variable), ")"] if self.chance(0.4) else []
        return [*self.description(0.05), self.rng.choice(["query", "mutation", "subscription"]),
                *self.maybe(lambda: [self.name()], 0.7), *variables, *self.directives(False), *self.selections()]

    def input_value(self):
        default = ["=", *self.value(True)] if self.chance(0.4) else []
        return [*self.description(), self.name(), ":", *self.type(), *default, *self.directives(True)]

    def field(self):
        arguments = ["(", *self.many(self.input_value), ")"] if self.chance(0.3) else []
        return [*self.description(), self.name(), *arguments, ":", *self.type(), *self.directives(True)]

    def separated(self, separator, part):
        tokens = [separator] if self.chance(0.2) else []
        for index in range(self.rng.randint(1, 3)):
            tokens += ([separator] if index else []) + [part()]
        return tokens

    def root_types(self):
        operations = ["query", "mutation", "subscription"] + (["other"] if self.chance(self.bad) else [])
        return ["{", *self.many(lambda: [self.rng.choice(operations), ":", self.name()]), "}"]

    def type_system(self):
        extends = self.chance(0.25)
        head = ["extend"] if extends else self.description()
        kind = self.rng.choice(["schema", "scalar", "type", "interface", "union", "enum", "input", "directive"])
        if kind == "schema":
            return [*head, kind, *self.directives(True), *(self.maybe(self.root_types, 0.8) if extends
                                                           else self.root_types())]
        if kind == "directive":
            arguments = ["(", *self.many(self.input_value), ")"] if self.chance(0.4) else []
            repeatable = ["repeatable"] if self.chance(0.3) else []
            return [*head, kind, "@", self.name(), *arguments, *repeatable, "on",
                    *self.separated("|", lambda: self.rng.choice(LOCATIONS + ["on"] * int(self.chance(0.1))))]
        implements = ["implements", *self.separated("&", self.name)] \
            if kind in ("type", "interface") and self.chance(0.4) else []
        body = []
        if kind in ("type", "interface"):
            body = self.maybe(lambda: ["{", *self.many(self.field), "}"], 0.8)
        elif kind == "union":
            body = self.maybe(lambda: ["=", *self.separated("|", self.name)], 0.8)
        elif kind == "enum":
            body = self.maybe(lambda: ["{", *self.many(
                lambda: [*self.description(), self.rng.choice(NAMES + ["true", "null"] * int(self.chance(0.1))),
                         *self.directives(True)]), "}"], 0.8)
        elif kind == "input":
            body = self.maybe(lambda: ["{", *self.many(self.input_value), "}"], 0.8)
        return [*head, kind, self.name(), *implements, *self.directives(True), *body]

    def document(self):
        """The tokens of a document: mostly of one half of the language, at times of both."""
        mix = self.rng.choice([0.0, 0.0, 1.0, 0.5])
        return self.many(lambda: self.executable() if self.rng.random() >= mix else self.type_system(), 1, 4)
