/// Bounds on what the parser takes, so that hostile text costs little.
public struct ParserLimits: Sendable {
    /// Tokens a document may have.
    public var maxTokens: Int
    /// How deep selection sets, lists, objects and list types may nest. The parser recurses
    /// this deep at most; 256 is safe on a thread with 512 KiB of stack.
    public var maxNesting: Int

    public init(maxTokens: Int = 10_000, maxNesting: Int = 200) {
        self.maxTokens = maxTokens
        self.maxNesting = maxNesting
    }

    /// For text from a trusted place, such as the server's own schema.
    static let trusted = ParserLimits(maxTokens: .max, maxNesting: 200)
}

/// A recursive-descent parser of the whole grammar
/// (https://spec.graphql.org/September2025/#sec-Appendix-Grammar-Summary).
struct Parser {
    var lexer: Lexer
    var token: Token
    private var tokensLeft: Int
    private let limits: ParserLimits
    private var nestingLeft: Int

    private init(_ lexer: Lexer, limits: ParserLimits) throws(GraphQLError) {
        self.lexer = lexer
        self.limits = limits
        tokensLeft = limits.maxTokens
        nestingLeft = limits.maxNesting
        token = Token(kind: .endOfFile, start: 0, end: 0)
        try advance()
    }

    /// Parses a source, or throws one error with code `GRAPHQL_PARSE_FAILED`, or
    /// `DOCUMENT_TOO_COMPLEX` where a limit is exceeded.
    static func parse(
        _ source: Source, limits: ParserLimits = ParserLimits()
    ) throws(GraphQLError) -> Document {
        guard source.bytes.count < Int(Int32.max) else {
            throw GraphQLError("The document is too long.", code: ErrorCode.documentTooComplex)
        }
        return try source.bytes.withUnsafeBufferPointer { bytes throws(GraphQLError) in
            var parser = try Parser(Lexer(source, bytes), limits: limits)
            return try parser.document()
        }
    }

    // MARK: Tokens

    mutating func advance() throws(GraphQLError) {
        token = try lexer.next()
        if token.kind != .endOfFile {
            if tokensLeft == 0 {
                throw GraphQLError(
                    "Syntax Error: Document contains more than \(limits.maxTokens) tokens. "
                        + "Parsing aborted.",
                    code: ErrorCode.documentTooComplex, locations: [location(token.start)])
            }
            tokensLeft -= 1
        }
    }

    func location(_ offset: Int32) -> SourceLocation { lexer.source.location(at: offset) }

    func describe(_ token: Token) -> String {
        switch token.kind {
        case .name, .int, .float: "\(token.kind.text) \"\(lexer.text(token))\""
        case .string, .blockString:
            "\(token.kind.text) \"\((try? lexer.stringValue(token)) ?? "")\""
        default: token.kind.quoted
        }
    }

    func unexpected(_ token: Token? = nil) -> GraphQLError {
        let token = token ?? self.token
        return lexer.failure("Unexpected \(describe(token)).", at: Int(token.start))
    }

    mutating func expect(_ kind: Token.Kind) throws(GraphQLError) {
        guard token.kind == kind else {
            throw lexer.failure(
                "Expected \(kind.quoted), found \(describe(token)).", at: Int(token.start))
        }
        try advance()
    }

    mutating func take(_ kind: Token.Kind) throws(GraphQLError) -> Bool {
        guard token.kind == kind else { return false }
        try advance()
        return true
    }

    func peek(_ keyword: StaticString) -> Bool { lexer.matches(token, keyword) }

    mutating func expectKeyword(_ keyword: StaticString) throws(GraphQLError) {
        guard peek(keyword) else {
            throw lexer.failure(
                "Expected \"\(keyword)\", found \(describe(token)).", at: Int(token.start))
        }
        try advance()
    }

    mutating func takeKeyword(_ keyword: StaticString) throws(GraphQLError) -> Bool {
        guard peek(keyword) else { return false }
        try advance()
        return true
    }

    mutating func name() throws(GraphQLError) -> Name {
        guard token.kind == .name else {
            throw lexer.failure(
                "Expected Name, found \(describe(token)).", at: Int(token.start))
        }
        let name = Name(value: lexer.text(token), offset: token.start)
        try advance()
        return name
    }

    /// Counts one level of nesting; every call is paired with `leave`.
    mutating func enter() throws(GraphQLError) {
        guard nestingLeft > 0 else {
            throw GraphQLError(
                "Syntax Error: Document nests deeper than \(limits.maxNesting) levels. "
                    + "Parsing aborted.",
                code: ErrorCode.documentTooComplex, locations: [location(token.start)])
        }
        nestingLeft -= 1
    }

    mutating func leave() { nestingLeft += 1 }

    // MARK: Documents

    mutating func document() throws(GraphQLError) -> Document {
        var definitions: [Definition] = []
        repeat {
            definitions.append(try definition())
        } while token.kind != .endOfFile
        return Document(
            source: lexer.source, definitions: definitions,
            tokenCount: limits.maxTokens - tokensLeft)
    }

    private mutating func definition() throws(GraphQLError) -> Definition {
        if token.kind == .braceLeft { return .operation(try shorthandQuery()) }
        let start = token
        let description = try description()
        if description != nil, !standsBeforeDefinition {
            throw token.kind == .name
                ? lexer.failure(
                    "Unexpected description, descriptions are supported only on definitions.",
                    at: Int(start.start))
                : unexpected()
        }
        if let kind = operationKind(token) {
            return .operation(try operation(kind, description, start.start))
        }
        if peek("fragment") { return .fragment(try fragment(description, start.start)) }
        if peek("extend") { return .typeSystem(try typeSystemExtension(start.start)) }
        return .typeSystem(try typeSystemDefinition(description, start.start))
    }

    /// Whether the token is the keyword of something that may have a description.
    private var standsBeforeDefinition: Bool {
        operationKind(token) != nil || peek("fragment") || typeSystemKind() != nil
    }

    func operationKind(_ token: Token) -> OperationKind? {
        if lexer.matches(token, "query") { return .query }
        if lexer.matches(token, "mutation") { return .mutation }
        if lexer.matches(token, "subscription") { return .subscription }
        return nil
    }

    mutating func description() throws(GraphQLError) -> Description? {
        guard token.kind == .string || token.kind == .blockString else { return nil }
        let description = Description(
            value: try lexer.stringValue(token), isBlock: token.kind == .blockString)
        try advance()
        return description
    }

    private mutating func shorthandQuery() throws(GraphQLError) -> OperationDefinition {
        let offset = token.start
        return OperationDefinition(
            kind: .query, name: nil, description: nil, variables: [], directives: [],
            selectionSet: try selectionSet(), offset: offset)
    }

    private mutating func operation(
        _ kind: OperationKind, _ description: Description?, _ offset: Int32
    ) throws(GraphQLError) -> OperationDefinition {
        try advance()
        let name = token.kind == .name ? try name() : nil
        let variables = try variableDefinitions()
        return OperationDefinition(
            kind: kind, name: name, description: description, variables: variables,
            directives: try directives(isConstant: false), selectionSet: try selectionSet(),
            offset: offset)
    }

    private mutating func variableDefinitions() throws(GraphQLError) -> [VariableDefinition] {
        guard try take(.parenLeft) else { return [] }
        var result: [VariableDefinition] = []
        repeat {
            let description = try description()
            let offset = token.start
            try expect(.dollar)
            let name = try name()
            try expect(.colon)
            let type = try type()
            let defaultValue = try take(.equals) ? try value(isConstant: true) : nil
            result.append(
                VariableDefinition(
                    name: name, description: description, type: type, reference: type.reference,
                    defaultValue: defaultValue, directives: try directives(isConstant: true),
                    offset: offset))
        } while try !take(.parenRight)
        return result
    }

    private mutating func fragment(
        _ description: Description?, _ offset: Int32
    ) throws(GraphQLError) -> FragmentDefinition {
        try advance()
        if peek("on") { throw unexpected() }
        let name = try name()
        try expectKeyword("on")
        return FragmentDefinition(
            name: name, description: description, typeCondition: try self.name(),
            directives: try directives(isConstant: false), selectionSet: try selectionSet(),
            offset: offset)
    }

    // MARK: Selections

    private mutating func selectionSet() throws(GraphQLError) -> SelectionSet {
        let offset = token.start
        try enter()
        try expect(.braceLeft)
        var selections: [Selection] = []
        repeat {
            selections.append(try selection())
        } while try !take(.braceRight)
        leave()
        return SelectionSet(selections: selections, offset: offset)
    }

    private mutating func selection() throws(GraphQLError) -> Selection {
        if token.kind == .spread { return try fragmentSelection() }
        var alias: Name?
        var name = try name()
        if try take(.colon) {
            alias = name
            name = try self.name()
        }
        let arguments = try arguments(isConstant: false)
        let directives = try directives(isConstant: false)
        return .field(
            Field(
                alias: alias, name: name, arguments: arguments, directives: directives,
                selectionSet: token.kind == .braceLeft ? try selectionSet() : nil))
    }

    private mutating func fragmentSelection() throws(GraphQLError) -> Selection {
        let offset = token.start
        try advance()
        let hasCondition = try takeKeyword("on")
        if !hasCondition, token.kind == .name {
            return .spread(
                FragmentSpread(
                    name: try name(), directives: try directives(isConstant: false),
                    offset: offset))
        }
        return .inline(
            InlineFragment(
                typeCondition: hasCondition ? try name() : nil,
                directives: try directives(isConstant: false), selectionSet: try selectionSet(),
                offset: offset))
    }

    // MARK: Arguments, directives, values, types

    mutating func arguments(isConstant: Bool) throws(GraphQLError) -> [Argument] {
        guard try take(.parenLeft) else { return [] }
        var result: [Argument] = []
        repeat {
            result.append(try argument(isConstant: isConstant))
        } while try !take(.parenRight)
        return result
    }

    private mutating func argument(isConstant: Bool) throws(GraphQLError) -> Argument {
        let name = try name()
        try expect(.colon)
        return Argument(name: name, value: try value(isConstant: isConstant))
    }

    mutating func directives(isConstant: Bool) throws(GraphQLError) -> [Directive] {
        guard token.kind == .at else { return [] }
        var result: [Directive] = []
        while token.kind == .at {
            let offset = token.start
            try advance()
            result.append(
                Directive(
                    name: try name(), arguments: try arguments(isConstant: isConstant),
                    offset: offset))
        }
        return result
    }

    mutating func value(isConstant: Bool) throws(GraphQLError) -> ValueNode {
        let start = token
        let kind: ValueNode.Kind
        switch start.kind {
        case .int: kind = .int(lexer.text(start))
        case .float: kind = .float(lexer.text(start))
        case .string: kind = .string(try lexer.stringValue(start), isBlock: false)
        case .blockString: kind = .string(try lexer.stringValue(start), isBlock: true)
        case .name:
            if peek("true") {
                kind = .bool(true)
            } else if peek("false") {
                kind = .bool(false)
            } else if peek("null") {
                kind = .null
            } else {
                kind = .enumCase(lexer.text(start))
            }
        case .bracketLeft, .braceLeft: return try compound(isConstant: isConstant)
        case .dollar: return try variable(isConstant: isConstant)
        default: throw unexpected()
        }
        try advance()
        return ValueNode(kind: kind, offset: start.start)
    }

    private mutating func variable(isConstant: Bool) throws(GraphQLError) -> ValueNode {
        let start = token
        try advance()
        if isConstant {
            guard token.kind == .name else { throw unexpected(start) }
            throw lexer.failure(
                "Unexpected variable \"$\(lexer.text(token))\" in constant value.",
                at: Int(start.start))
        }
        return ValueNode(kind: .variable(try name().value), offset: start.start)
    }

    private mutating func compound(isConstant: Bool) throws(GraphQLError) -> ValueNode {
        let offset = token.start
        let isList = token.kind == .bracketLeft
        try enter()
        try advance()
        var items: [ValueNode] = []
        var fields: [Argument] = []
        while try !take(isList ? .bracketRight : .braceRight) {
            if isList {
                items.append(try value(isConstant: isConstant))
            } else {
                fields.append(try argument(isConstant: isConstant))
            }
        }
        leave()
        return ValueNode(kind: isList ? .list(items) : .object(fields), offset: offset)
    }

    mutating func type() throws(GraphQLError) -> TypeNode {
        let offset = token.start
        var type: TypeNode
        if token.kind == .bracketLeft {
            try enter()
            try advance()
            type = .list(try self.type(), offset: offset)
            try expect(.bracketRight)
            leave()
        } else {
            type = .named(try name())
        }
        if try take(.bang) { type = .nonNull(type) }
        return type
    }
}
