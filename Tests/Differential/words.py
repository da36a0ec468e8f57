"""Random tokens, and how they become a text: what documents and schemas are made of."""

NAMES = ["a", "b", "c", "id", "name", "node", "pets", "x1", "_y", "type", "query", "on", "input", "fragment",
         "mutation", "enum", "schema", "implements", "repeatable", "__typename", "__x", "true_", "nullable", "E"]
INTS = ["0", "1", "-1", "7", "42", "-0", "2147483647", "2147483648", "-2147483648", "-2147483649", "9007199254740993",
        "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616",
        "123456789012345678901234567890"]
FLOATS = ["0.0", "1.5", "-0.0", "1e5", "1.25E-3", "1.0", "3.0", "1e+2", "0.1e1", "1e308", "1e400", "-1e400", "5e-324",
          "1e-400", "123456789.123456789", "0e0"]
BAD_NUMBERS = ["00", "01", "1.", "1.e5", "-", "-a", "1e", "0x1", "1a", "1.5.2", "+1", ".5", "1_0", "-00", "1e5.0", "0.0a"]
PIECES = ["a", "b", " ", "é", "e\u0301", "日本", "😀", "\\n", "\\t", "\\\\", "\\\"", "\\/", "\\b", "\\f", "\\r", "\\u0041",
          "\\u00e9", "\\uD83D\\uDE00", "\\u{1F600}", "\\u{41}", "\\u{10FFFF}", "\\u{000041}", "#", "{", "\u2028", "\t",
          "\u00a0", "\ufeff", "\x7f"]
BAD_PIECES = ["\\x", "\\u12", "\\uD83D", "\\uDE00", "\\uD83D\\u0041", "\\u{}", "\\u{110000}", "\\u{D800}", "\\u{ 41}", "\n",
              "\r", "\\", "\\u{41", "\\U0041", "\\uD83D\\u{DE00}", "\\u{D83D}\\u{DE00}", "\x00", "\x07", "\\u{0000000041}",
              "\\u{00000000041}"]
BLOCK_PIECES = ["a", "b c", "\n", "\n  ", "\n    x", "\r\n", "\r", "\t", "  ", "\\\"\"\"", "\"", "\"\"", "\\", "é", "😀",
                "\n\n", "\\n", "\\u0041", "\n\t y", "\u2028", " \n", "\n \t", "\x0b"]
SPACES = [" ", "\n", ", ", "\r\n", "\r", "\t", " # note \"{\n", "#\r", "\n\n  ", ",,", "\ufeff"]


def string(rng, bad=0.0):
    """A string literal, with the chance `bad` a faulty one."""
    if rng.random() < 0.3:
        return '"""' + "".join(rng.choice(BLOCK_PIECES) for _ in range(rng.randrange(7))) + ' """'
    pieces = [rng.choice(PIECES) for _ in range(rng.randrange(5))]
    if rng.random() < bad:
        pieces.insert(rng.randrange(len(pieces) + 1), rng.choice(BAD_PIECES))
    return '"' + "".join(pieces) + '"'


def number(rng, bad=0.0):
    if rng.random() < bad:
        return rng.choice(BAD_NUMBERS)
    return rng.choice(INTS) if rng.random() < 0.6 else rng.choice(FLOATS)


def is_wordlike(token):
    return bool(token) and (token[0].isalnum() or token[0] in "_-.")


def render(rng, tokens, plain=0.7):
    """Joins tokens with what the grammar ignores; with the chance `plain` with single spaces only."""
    if rng.random() < plain:
        return " ".join(tokens)
    text = "\ufeff" if rng.random() < 0.1 else ""
    last = ""
    for token in tokens:
        if rng.random() < 0.3:
            text += rng.choice(SPACES)
        elif (is_wordlike(last[-1:]) and is_wordlike(token)) or rng.random() < 0.5:
            text += " "
        text += token
        last = token
    return text + (rng.choice(SPACES) if rng.random() < 0.3 else "")


def mutate(rng, tokens):
    """Some tokens dropped, doubled, swapped, replaced or moved."""
    tokens = list(tokens)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        if not tokens:
            break
        at = rng.randrange(len(tokens))
        kind = rng.randrange(7)
        if kind == 0:
            del tokens[at]
        elif kind == 1:
            tokens.insert(at, tokens[at])
        elif kind == 2:
            other = rng.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 3:
            tokens[at] = rng.choice(tokens)
        elif kind == 4:
            tokens[at] = rng.choice(["{", "}", "(", ")", "[", "]", "!", "$", "@", ":", "=", "|", "&", "...", "on", "null",
                                     "true", "fragment", "query", "extend", "type", "{}", "()", "[]", ".", "?", "'", "%",
                                     string(rng, 0.3), number(rng, 0.3), rng.choice(NAMES)])
        elif kind == 5:
            tokens.insert(at, rng.choice(tokens))
        else:
            end = min(len(tokens), at + rng.randrange(1, 5))
            del tokens[at:end]
    return tokens


def flip(rng, text):
    """A text with some characters changed, dropped or put in."""
    characters = list(text)
    for _ in range(rng.choice([1, 1, 2, 4])):
        if not characters:
            break
        at = rng.randrange(len(characters))
        kind = rng.randrange(4)
        if kind == 0:
            del characters[at]
        elif kind == 1:
            characters.insert(at, rng.choice("{}()[]!$@:=|&.\"\\#,'% \n\r\tabz019-+eE_\u00e9\u2028\ufeff\x00\x1f😀"))
        elif kind == 2:
            characters[at] = chr((ord(characters[at]) ^ (1 << rng.randrange(7))) & 0x7F)
        else:
            characters = characters[:at]
    return "".join(characters)
