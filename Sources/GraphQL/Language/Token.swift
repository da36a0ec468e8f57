/// A lexical token: what it is and where its text stands, in bytes.
struct Token {
    enum Kind: UInt8 {
        case endOfFile, bang, dollar, ampersand, parenLeft, parenRight, spread, colon, equals, at
        case bracketLeft, bracketRight, braceLeft, pipe, braceRight
        case name, int, float, string, blockString
    }

    var kind: Kind
    var start: Int32
    var end: Int32
}

extension Token.Kind {
    /// How syntax errors name the kind.
    var text: String {
        switch self {
        case .endOfFile: "<EOF>"
        case .bang: "!"
        case .dollar: "$"
        case .ampersand: "&"
        case .parenLeft: "("
        case .parenRight: ")"
        case .spread: "..."
        case .colon: ":"
        case .equals: "="
        case .at: "@"
        case .bracketLeft: "["
        case .bracketRight: "]"
        case .braceLeft: "{"
        case .pipe: "|"
        case .braceRight: "}"
        case .name: "Name"
        case .int: "Int"
        case .float: "Float"
        case .string: "String"
        case .blockString: "BlockString"
        }
    }

    var isPunctuator: Bool {
        rawValue >= Self.bang.rawValue && rawValue <= Self.braceRight.rawValue
    }

    /// The kind as a syntax error quotes it: punctuators in quotes, the others bare.
    var quoted: String { isPunctuator ? "\"\(text)\"" : text }
}
