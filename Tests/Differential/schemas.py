"""Random schemas: a model that documents and data are made from, and its SDL as tokens."""

from words import string

SCALARS = ["Int", "Float", "String", "Boolean", "ID"]
DOCUMENT_LOCATIONS = ["QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD",
                      "INLINE_FRAGMENT", "VARIABLE_DEFINITION"]
SCHEMA_LOCATIONS = ["SCHEMA", "SCALAR", "OBJECT", "FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INTERFACE", "UNION",
                    "ENUM", "ENUM_VALUE", "INPUT_OBJECT", "INPUT_FIELD_DEFINITION"]


META = {
    "__Schema": "description:String types:[__Type!]! queryType:__Type! mutationType:__Type directives:[__Directive!]!",
    "__Type": "kind:__TypeKind! name:String specifiedByURL:String isOneOf:Boolean fields(D):[__Field!] ofType:__Type "
              "interfaces:[__Type!] possibleTypes:[__Type!] enumValues(D):[__EnumValue!] inputFields(D):[__InputValue!]",
    "__Field": "name:String! args(D):[__InputValue!]! type:__Type! isDeprecated:Boolean! deprecationReason:String",
    "__InputValue": "name:String! type:__Type! defaultValue:String isDeprecated:Boolean!",
    "__EnumValue": "name:String! description:String isDeprecated:Boolean!",
    "__Directive": "name:String! isRepeatable:Boolean! locations:[__DirectiveLocation!]! args(D):[__InputValue!]!",
}


def named(type_text):
    return type_text.strip("[]!")


def meta_fields(text):
    """The fields of an introspection type; (D) stands for the argument that asks for deprecated members."""
    found = {}
    for part in text.split():
        name, type_text = part.split(":")
        arguments = {"includeDeprecated": Argument("Boolean!", ["false"])} if name.endswith("(D)") else {}
        found[name.removesuffix("(D)")] = Field(type_text, arguments)
    return found


class Argument:
    """An argument or input field; `default` is a list of tokens or None."""

    def __init__(self, type_text, default=None, deprecated=False):
        self.type = type_text
        self.default = default
        self.deprecated = deprecated

    @property
    def is_required(self):
        return self.type.endswith("!") and self.default is None


class Field:
    def __init__(self, type_text, arguments):
        self.type = type_text
        self.arguments = arguments


class Model:
    """A schema that is valid unless `noise` puts in something odd."""

    def __init__(self, rng, noise=0.0):
        self.rng = rng
        self.noise = noise
        self.wrong = 0.03 if noise else 0.0
        self.scalars = ["Date", "JSON"][:rng.randrange(3)]
        self.enums = {f"E{i}": [f"V{j}" for j in range(rng.randint(1, 4))] for i in range(rng.randint(1, 2))}
        self.inputs = {}
        self.one_ofs = set()
        self.interfaces = {}
        self.objects = {}
        self.implements = {}
        self.unions = {}
        self.directives = {}
        input_names = [f"In{i}" for i in range(rng.randint(1, 4))]
        for name in input_names:
            self.make_input(name, input_names)
        self.make_composites()
        self.make_directives()
        self.roots = {"query": "Query"}
        self.objects["Query"] = self.fields(rng.randint(2, 6))
        self.meta = {name: meta_fields(text) for name, text in META.items()}
        for kind, name in (("mutation", "Mutation"), ("subscription", "Subscription")):
            if rng.random() < 0.4:
                self.roots[kind] = name
                self.objects[name] = self.fields(rng.randint(1, 3))

    def chance(self, probability):
        return self.rng.random() < probability

    # Types

    def wrap(self, name, depth=2):
        text = name
        for _ in range(depth):
            if self.chance(0.35):
                text += "!"
            if not self.chance(0.25):
                break
            text = f"[{text}]"
        return text if text.endswith("!") or not self.chance(0.2) else text + "!"

    def input_type(self, inputs):
        pool = SCALARS * 2 + self.scalars + list(self.enums) + list(inputs) * 2
        if self.chance(self.noise):
            pool = ["Query", "Missing", "T0", "I0"]
        return self.wrap(self.rng.choice(pool))

    def output_type(self):
        pool = SCALARS + self.scalars + list(self.enums) + self.output_names * 2
        if self.chance(self.noise):
            pool = ["In0", "Missing"]
        return self.wrap(self.rng.choice(pool))

    def make_input(self, name, names):
        rng = self.rng
        fields = {}
        is_one_of = self.chance(0.3)
        self.inputs[name] = fields
        for index in range(rng.randint(1, 4)):
            type_text = self.input_type(names)
            if named(type_text) in names and type_text == named(type_text) + "!" and not self.chance(0.2):
                type_text = type_text[:-1]
            default = None
            if is_one_of and not self.chance(self.noise):
                type_text = type_text.rstrip("!")
            elif named(type_text) not in names and self.chance(0.3):
                default = self.literal(type_text, wrong=self.wrong)
            fields[f"f{index}"] = Argument(type_text, default, self.chance(0.1))
        if is_one_of:
            self.one_ofs.add(name)

    def arguments(self, probability=0.5):
        found = {}
        if self.chance(probability):
            for index in range(self.rng.randint(1, 3)):
                type_text = self.input_type(self.inputs)
                default = self.literal(type_text, wrong=self.wrong) if self.chance(0.3) else None
                found[f"arg{index}"] = Argument(type_text, default, self.chance(0.1))
        return found

    def fields(self, count):
        return {f"{self.rng.choice('abcdexy')}{index}": Field(self.output_type(), self.arguments())
                for index in range(count)}

    def make_composites(self):
        rng = self.rng
        interfaces = [f"I{i}" for i in range(rng.randint(1, 3))]
        objects = [f"T{i}" for i in range(rng.randint(2, 4))]
        unions = [f"U{i}" for i in range(rng.randrange(3))]
        self.output_names = interfaces + objects + unions
        for index, name in enumerate(interfaces):
            parents = interfaces[:index] if index and self.chance(0.4) else []
            self.interfaces[name] = self.with_parents(name, parents)
        for name in objects:
            parents = [parent for parent in interfaces if self.chance(0.5)]
            self.objects[name] = self.with_parents(name, parents)
        for name in unions:
            self.unions[name] = rng.sample(objects, rng.randint(1, len(objects)))

    def with_parents(self, name, parents):
        """Own fields and those of the interfaces, which are made to fit each other by their names."""
        chosen = []
        for parent in parents:
            for ancestor in self.implements.get(parent, []) + [parent]:
                if ancestor not in chosen:
                    chosen.append(ancestor)
        self.implements[name] = chosen
        fields = {}
        for parent in chosen:
            for key, field in self.interfaces[parent].items():
                arguments = dict(field.arguments)
                if self.chance(0.1):
                    arguments["extra"] = Argument("Int!" if self.chance(self.noise) else "Int")
                type_text = field.type
                if not type_text.endswith("!") and self.chance(0.2):
                    type_text += "!"
                if not self.chance(self.noise):
                    fields[f"{key}"] = Field(type_text, arguments)
        own = {f"{name.lower()}{key}": field for key, field in self.fields(self.rng.randint(1, 3)).items()}
        return {**fields, **own}

    def make_directives(self):
        for index in range(self.rng.randrange(4)):
            places = self.rng.sample(DOCUMENT_LOCATIONS + SCHEMA_LOCATIONS, self.rng.randint(1, 8))
            self.directives[f"d{index}"] = (self.arguments(), self.chance(0.4), places)

    def possible(self, name):
        if name in self.unions:
            return self.unions[name]
        if name in self.interfaces:
            return [other for other in self.objects if name in self.implements.get(other, [])]
        return [name]

    def composite(self, name):
        return name in self.objects or name in self.interfaces or name in self.unions or name in self.meta

    def fields_of(self, name):
        return self.meta.get(name) or self.objects.get(name) or self.interfaces.get(name) or {}

    # Values

    def literal(self, type_text, depth=3, variable=None, wrong=0.03):
        """The tokens of a literal; `variable(type)` may give those of a variable."""
        rng = self.rng
        if variable and self.chance(0.25):
            return variable(type_text)
        if self.chance(wrong):
            type_text = rng.choice(["Int", "[String]", "Boolean!", "E0", "In0", "Float", "[[ID]]"])
        if type_text.endswith("!"):
            type_text = type_text[:-1]
        elif self.chance(0.12):
            return ["null"]
        if type_text.startswith("["):
            if self.chance(0.15):
                return self.literal(type_text[1:-1].rstrip("!") + "!", depth - 1, variable, wrong)
            count = rng.randrange(4) if depth > 0 else 0
            items = [self.literal(type_text[1:-1], depth - 1, variable, wrong) for _ in range(count)]
            return ["[", *[token for item in items for token in item], "]"]
        if type_text in self.enums:
            return [rng.choice(self.enums[type_text] + (["V9"] if self.chance(wrong) else []))]
        if type_text in self.inputs:
            return self.object_literal(type_text, depth - 1, variable, wrong)
        return self.scalar_literal(type_text)

    def object_literal(self, name, depth, variable, wrong):
        fields = self.inputs[name]
        keys = list(fields)
        if name in self.one_ofs:
            keys = [self.rng.choice(keys)] if not self.chance(wrong * 3) else keys[:2]
        else:
            keys = [key for key in keys if fields[key].is_required or (depth > 0 and self.chance(0.5))]
            self.rng.shuffle(keys)
        if self.chance(wrong):
            keys = keys[1:]
        tokens = ["{"]
        for key in keys:
            value = self.literal(fields[key].type, depth, variable, wrong) if depth > -2 else ["null"]
            if name in self.one_ofs and value == ["null"] and not self.chance(wrong * 5):
                value = self.literal(fields[key].type.rstrip("!") + "!", depth, None, wrong) if depth > -2 else ["null"]
            tokens += [key if not self.chance(wrong / 3) else "zz", ":", *value]
        return tokens + ["}"]

    def scalar_literal(self, name):
        rng = self.rng
        if name == "Int":
            return [rng.choice(["0", "1", "-1", "42", "2147483647", "-2147483648", "-0"] + ["2147483648"] *
                               int(self.chance(self.wrong)))]
        if name == "Float":
            return [rng.choice(["0", "1.5", "-2.5e3", "1e400" if self.chance(self.wrong) else "1e30", "3", "0.0", "-0.0",
                                "12345678901234567890", "1e21", "1.0e-7", "123456789012345680000.0"])]
        if name == "Boolean":
            return [rng.choice(["true", "false"])]
        if name == "ID":
            return [rng.choice(["1", '"x"', "-0", "12345678901234567890", '"é"', '""'])]
        if name == "String":
            return [string(rng)]
        return rng.choice([["1"], ['"2020-01-01"'], ["1.5"], ["true"], ["VALUE"], ["{", "a", ":", "1", "}"],
                           ["[", "1", '"b"', "]"], ["9007199254740993"], ["[", "null", "{", "}", "]"]])

    # SDL

    def description(self):
        return [string(self.rng)] if self.chance(0.15) else []

    def applied(self, location):
        tokens = []
        for name, (arguments, is_repeatable, places) in self.directives.items():
            if (location in places or self.chance(self.noise / 4)) and self.chance(0.3):
                for _ in range(2 if is_repeatable or self.chance(self.noise / 4) else 1):
                    tokens += ["@", name, *self.given(arguments)]
        return tokens

    def given(self, arguments, variable=None, wrong=None):
        tokens = []
        for key, argument in arguments.items():
            if argument.is_required and not self.chance(self.wrong) or self.chance(0.5):
                tokens += [key, ":", *self.literal(argument.type, 3, variable, self.wrong if wrong is None else wrong)]
        return ["(", *tokens, ")"] if tokens else []

    def sdl_inputs(self, arguments, location):
        tokens = []
        for key, argument in arguments.items():
            default = ["=", *argument.default] if argument.default else []
            deprecated = ["@", "deprecated"] if argument.deprecated and (
                not argument.is_required or self.chance(self.noise)) else []
            tokens += [*self.description(), key, ":", argument.type, *default, *deprecated, *self.applied(location)]
        return tokens

    def sdl_field(self, key, field):
        arguments = self.sdl_inputs(field.arguments, "ARGUMENT_DEFINITION")
        deprecated = self.rng.choice([["@", "deprecated"], ["@", "deprecated", "(", "reason", ":", string(self.rng), ")"]]) \
            if self.chance(0.1) else []
        return [*self.description(), key, *(["(", *arguments, ")"] if arguments else []), ":", field.type, *deprecated,
                *self.applied("FIELD_DEFINITION")]

    def sdl(self):
        """The definitions, each a list of tokens, in random order."""
        parts = [self.sdl_schema()] if self.chance(0.6) else []
        for name in self.scalars:
            specified = ["@", "specifiedBy", "(", "url", ":", '"https://example.com/x"', ")"] if self.chance(0.4) else []
            parts.append([*self.description(), "scalar", name, *specified, *self.applied("SCALAR")])
        for name, values in self.enums.items():
            body = [token for value in values for token in [
                *self.description(), value, *(["@", "deprecated"] if self.chance(0.15) else []),
                *self.applied("ENUM_VALUE")]]
            parts.append([*self.description(), "enum", name, *self.applied("ENUM"), "{", *body, "}"])
        for name, fields in self.inputs.items():
            one_of = ["@", "oneOf"] if name in self.one_ofs else []
            parts.append([*self.description(), "input", name, *one_of, *self.applied("INPUT_OBJECT"), "{",
                          *self.sdl_inputs(fields, "INPUT_FIELD_DEFINITION"), "}"])
        for word, location, types in (("interface", "INTERFACE", self.interfaces), ("type", "OBJECT", self.objects)):
            for name, fields in types.items():
                parts += self.sdl_composite(word, location, name, fields)
        for name, members in self.unions.items():
            separated = [token for member in members for token in ("|", member)]
            parts.append([*self.description(), "union", name, *self.applied("UNION"), "=",
                          *separated[int(self.chance(0.7)):]])
        for name, (arguments, is_repeatable, places) in self.directives.items():
            inputs = self.sdl_inputs(arguments, "NONE")
            parts.append([*self.description(), "directive", "@", name, *(["(", *inputs, ")"] if inputs else []),
                          *(["repeatable"] if is_repeatable else []), "on",
                          *[token for place in places for token in ("|", place)]])
        self.rng.shuffle(parts)
        if self.chance(self.noise):
            parts.append(list(self.rng.choice(parts)))
        return parts

    def sdl_schema(self):
        roots = [token for kind, name in self.roots.items() for token in (kind, ":", name)]
        return [*self.description(), "schema", *self.applied("SCHEMA"), "{", *roots, "}"]

    def sdl_composite(self, word, location, name, fields):
        parents = [token for parent in self.implements.get(name, []) for token in ("&", parent)]
        if parents and self.chance(self.noise):
            parents = parents[2:]
        implements = ["implements", *parents[int(self.chance(0.7)):]] if parents else []
        shown = [self.sdl_field(key, field) for key, field in fields.items()]
        cut = self.rng.randint(1, len(shown)) if self.chance(0.2) and shown else len(shown)
        body = [token for field in shown[:cut] for token in field]
        parts = [[*self.description(), word, name, *implements, *self.applied(location), "{", *body, "}"]]
        if cut < len(shown):
            parts.append(["extend", word, name, "{", *[token for field in shown[cut:] for token in field], "}"])
        return parts
