"""Random operations on a schema model, with the variables and data to execute them with."""

from schemas import DOCUMENT_LOCATIONS, named
from words import string

LEAVES = {
    "Int": [0, 1, -1, 2147483647, -2147483648, 2147483648, 3.0, 1.5, "7", "x", True, 1e10, "1e3", "", " 5 "],
    "Float": [0, 1.5, 3, -0.0, 1e300, 0.1, 12345678901234567890, "1.5", "abc", False, 1e21, 1e-7, "", "Infinity"],
    "String": ["", "a", "é", "\U0001F600", "\u0000\u001f\u2028\"\\/", 1, 1.5, 3.0, True, False, 1e21, 12345678901234567890],
    "Boolean": [True, False, 1, 0, 1.5, 0.0, "true", ""],
    "ID": ["a", 1, -5, 3.0, 1.5, True, 9007199254740993, "", "é"],
}


class Writer:
    """Writes one document; with the chance `wrong` at each point something that is not valid."""

    def __init__(self, model, rng, wrong, introspects=False):
        self.model = model
        self.introspects = introspects
        self.rng = rng
        self.wrong = wrong
        self.fragments = {}
        self.variables = {}
        self.in_fragment = False
        self.budget = 40

    def chance(self, probability):
        return self.rng.random() < probability

    # Variables

    def variable(self, type_text):
        """A use of a variable that fits a place of the type; its definition follows from it."""
        for name, (known, _) in self.variables.items():
            if known.rstrip("!") == type_text.rstrip("!") and self.chance(0.5):
                return ["$", name]
        name = f"v{len(self.variables)}"
        own = type_text
        if not own.endswith("!") and self.chance(0.3):
            own += "!"
        elif own.endswith("!") and self.chance(0.1):
            own = own[:-1]
        if self.chance(self.wrong):
            own = self.rng.choice(["Int", "[Int!]!", "String!", "T0", "In0", "E0!", "[[Boolean]]", "Missing"])
        default = self.model.literal(own, wrong=self.wrong) \
            if (self.chance(0.3) or (own != type_text and type_text.endswith("!") and not own.endswith("!"))) \
            and own not in ("T0", "Missing") else None
        self.variables[name] = (own, default)
        return ["$", name] if not self.chance(self.wrong / 2) else ["$", "undefined"]

    def definitions(self):
        tokens = []
        for name, (type_text, default) in self.variables.items():
            if self.chance(self.wrong / 2):
                continue
            tokens += ["$", name, ":", type_text, *(["=", *default] if default else []),
                       *self.directives("VARIABLE_DEFINITION", variables=False)]
        if self.chance(self.wrong):
            tokens += ["$", "unused", ":", "Int"]
        return ["(", *tokens, ")"] if tokens else []

    # Selections

    def directives(self, location, variables=True):
        tokens = []
        if location in ("FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT") and self.chance(0.12):
            use = self.variable("Boolean!") if self.chance(0.4) else [self.rng.choice(["true", "false"])]
            tokens += ["@", self.rng.choice(["skip", "include"]), "(", "if", ":", *use, ")"]
        for name, (arguments, is_repeatable, places) in self.model.directives.items():
            if (location in places or self.chance(self.wrong / 4)) and self.chance(0.15):
                for _ in range(self.rng.randint(1, 2) if is_repeatable or self.chance(self.wrong) else 1):
                    tokens += ["@", name, *self.model.given(arguments, self.variable if variables else None, self.wrong)]
        return tokens + (["@", "unknown"] if self.chance(self.wrong / 4) else [])

    def selections(self, type_name, depth):
        tokens = ["{"]
        for _ in range(self.rng.randint(1, 4)):
            tokens += self.selection(type_name, depth)
        return [*tokens, "}"]

    def selection(self, type_name, depth):
        self.budget -= 1
        kind = self.rng.random()
        if self.budget > 0 and depth > 0 and kind < 0.15:
            return self.inline(type_name, depth - 1)
        if self.budget > 0 and depth > 0 and kind < 0.3:
            return self.spread(type_name, depth - 1)
        if type_name == "Query" and self.introspects and self.chance(0.08):
            head, inside = (["__schema"], "__Schema") if self.chance(0.5) else (
                ["__type", "(", "name", ":", '"T0"', ")"], "__Type")
            return [*self.alias(), *head, *self.selections(inside, self.rng.randint(1, 7))]
        fields = self.model.fields_of(type_name)
        if not fields or kind < 0.36:
            return [*self.alias(), "__typename", *self.directives("FIELD")]
        key = self.rng.choice(list(fields))
        if self.chance(self.wrong / 2):
            return [*self.alias(), "missing"]
        field = fields[key]
        below = named(field.type)
        if self.model.composite(below):
            if (depth <= 0 or self.budget <= 0) and not self.chance(self.wrong / 4):
                return [*self.alias(), "__typename"]
            inside = self.selections(below, depth - 1) if not self.chance(self.wrong / 4) else []
        else:
            inside = ["{", "x", "}"] if self.chance(self.wrong / 4) else []
        given = self.model.given(field.arguments, self.variable, self.wrong / 2)
        if given and self.chance(self.wrong / 4):
            given = [*given[:-1], "other", ":", "1", ")"]
        return [*self.alias(), key, *given, *self.directives("FIELD"), *inside]

    def alias(self):
        if not self.chance(0.35):
            return []
        return [self.rng.choice(["k", "l", "a0", "b1", "c2"]) if self.chance(0.2 + self.wrong)
                else f"k{self.rng.randrange(1000)}", ":"]

    def condition(self, type_name):
        """A type that can apply where the type stands."""
        model = self.model
        if self.chance(self.wrong / 2):
            return self.rng.choice(["T0", "I0", "U0", "E0", "In0", "Missing", "Query", "Int"])
        mine = set(model.possible(type_name))
        fits = [name for name in [*model.objects, *model.interfaces, *model.unions] if mine & set(model.possible(name))]
        return self.rng.choice(fits or [type_name])

    def inline(self, type_name, depth):
        if self.chance(0.25):
            return ["...", *self.directives("INLINE_FRAGMENT"), *self.selections(type_name, depth)]
        condition = self.condition(type_name)
        return ["...", "on", condition, *self.directives("INLINE_FRAGMENT"), *self.selections(condition, depth)]

    def spread(self, type_name, depth):
        mine = set(self.model.possible(type_name))
        known = [name for name, (condition, _) in self.fragments.items()
                 if mine & set(self.model.possible(condition)) and self.fragments[name][1]]
        if known and self.chance(0.4):
            name = self.rng.choice(known)
        else:
            name = f"F{len(self.fragments)}"
            condition = self.condition(type_name)
            self.fragments[name] = (condition, [])
            body = self.selections(condition, depth) if self.model.composite(condition) else ["{", "__typename", "}"]
            self.fragments[name] = (condition, body)
        if self.chance(self.wrong / 4):
            name = self.rng.choice(["Missing", *self.fragments])
        return ["...", name, *self.directives("FRAGMENT_SPREAD")]

    def document(self):
        model, rng = self.model, self.rng
        kind = rng.choice(list(model.roots) if self.chance(0.6) else ["query"])
        body = self.selections(model.roots[kind], rng.randint(1, 4))
        if kind == "subscription" and not self.chance(self.wrong):
            body = ["{", *self.selection(model.roots[kind], 2), "}"]
        own = self.directives(kind.upper())
        parts = []
        for name, (condition, inside) in self.fragments.items():
            if not inside:
                inside = ["{", "__typename", "}"]
            if not self.chance(self.wrong / 4):
                parts.append(["fragment", name, "on", condition, *self.directives("FRAGMENT_DEFINITION"), *inside])
        if self.chance(self.wrong / 2):
            parts.append(["fragment", rng.choice(["Unused", "F0"]), "on", "Query", "{", "__typename", "}"])
        if kind == "query" and not self.variables and not own and self.chance(0.3):
            parts.append(body)
        else:
            name = ["Op"] if self.chance(0.6) else []
            parts.append([kind, *name, *self.definitions(), *own, *body])
        if self.chance(self.wrong / 2):
            parts.append(rng.choice([["query", "Op", "{", "__typename", "}"], ["{", "__typename", "}"],
                                     ["query", "Other", "{", "__typename", "}"], ["type", "Z", "{", "z", ":", "Int", "}"]]))
        rng.shuffle(parts)
        return [token for part in parts for token in part]

    # JSON

    def values(self):
        """The JSON of the variables, some missing, null or of another type."""
        found = {}
        for name, (type_text, default) in self.variables.items():
            if self.chance(0.15 if default or not type_text.endswith("!") else 0.02):
                continue
            found[name] = self.json(type_text)
        if self.chance(0.1):
            found["superfluous"] = 1
        return found

    def json(self, type_text, depth=3):
        rng, model = self.rng, self.model
        if self.chance(0.02):
            return rng.choice([None, 1, "x", [], {}, True, [[1]], {"f0": 1}])
        if type_text.endswith("!"):
            type_text = type_text[:-1]
        elif self.chance(0.15):
            return None
        if type_text.startswith("["):
            if self.chance(0.15):
                return self.json(type_text[1:-1], depth - 1)
            return [self.json(type_text[1:-1], depth - 1) for _ in range(rng.randrange(3) if depth > 0 else 0)]
        if type_text in model.enums:
            return rng.choice(model.enums[type_text] + (["V9"] if self.chance(0.05) else []))
        if type_text in model.inputs:
            fields = model.inputs[type_text]
            keys = [key for key in fields if fields[key].is_required or (depth > 0 and self.chance(0.5))]
            if type_text in model.one_ofs:
                keys = [rng.choice(list(fields))] if not self.chance(0.1) else list(fields)[:2]
            if self.chance(0.03):
                keys = [*keys, "zz"]
            return {key: self.json(fields[key].type, depth - 1) if key in fields and depth > -2 else None for key in keys}
        good = {"Int": [0, 1, -5, 2147483647, 1.0], "Float": [0, 1.5, 3, 1e30], "String": ["", "é", "a"],
                "Boolean": [True, False], "ID": ["x", 1, "1", ""]}.get(type_text, [1, "x", [1, None], {"a": 1.5}, True])
        bad = {"Int": [2147483648, 1.5, "1", True], "Float": ["1", True, 10 ** 400], "String": [1, True, 1.5],
               "Boolean": [0, "true"], "ID": [1.5, True, 1.0, -0.0]}.get(type_text, [None])
        return rng.choice(good if not self.chance(0.06) else bad)

    def data(self, type_name, depth=4):
        """The source of an object: a member for each field, errors and misfits among them."""
        members = {}
        if type_name not in self.model.objects or self.chance(0.5):
            members["__typename"] = type_name
        for key, field in self.model.fields_of(type_name).items():
            if not self.chance(0.04):
                members[key] = self.output(field.type, depth)
        return members

    def output(self, type_text, depth):
        rng, model = self.rng, self.model
        if self.chance(0.03):
            return {"$error": "failed"}
        if self.chance(0.02):
            return None
        if type_text.endswith("!"):
            type_text = type_text[:-1]
        elif self.chance(0.1):
            return None
        if type_text.startswith("["):
            if self.chance(0.02):
                return rng.choice([1, "text", True, {}])
            items = [self.output(type_text[1:-1], depth - 1) for _ in range(rng.randrange(3))]
            return [None if isinstance(item, dict) and "$error" in item else item for item in items]
        if model.composite(type_text):
            if depth <= 0:
                return None
            if self.chance(0.02):
                return rng.choice([{"__typename": "Missing"}, {"__typename": "Query"}, {"__typename": "I0"}, {}])
            names = model.possible(type_text)
            if not names:
                return None
            name = rng.choice(names)
            value = self.data(name, depth - 2 if self.budget < 20 else depth - 1)
            if type_text != name:
                value["__typename"] = name
            return value
        if type_text in model.enums:
            return rng.choice(model.enums[type_text]) if not self.chance(0.05) else rng.choice(["V9", 1, None, [], {}])
        values = LEAVES.get(type_text, [1, "x", [1, None, {"a": "b"}], {"a": 1.5, "b": []}, True, 1e100])
        value = rng.choice(values if self.chance(0.15) else values[:2])
        return value if not self.chance(0.01) else rng.choice([[], {}, [1], "str"])
