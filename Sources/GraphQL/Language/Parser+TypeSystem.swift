/// The type-system half of the grammar
/// (https://spec.graphql.org/September2025/#TypeSystemDocument).
extension Parser {
    mutating func typeSystemDefinition(
        _ description: Description?, _ offset: Int32
    ) throws(GraphQLError) -> TypeSystemDefinition {
        guard let kind = typeSystemKind() else { throw unexpected() }
        try advance()
        var parts = TypeSystemParts()
        parts.description = description
        parts.offset = offset
        switch kind {
        case .schema:
            parts.directives = try directives(isConstant: true)
            parts.operationTypes = try operationTypes()
        case .directive:
            try directiveDefinition(&parts)
        default:
            parts.name = try name()
            try typeBody(kind, &parts)
        }
        return TypeSystemDefinition(
            kind: kind, isExtension: false, parts: parts, source: lexer.source)
    }

    mutating func typeSystemExtension(_ offset: Int32) throws(GraphQLError) -> TypeSystemDefinition
    {
        try advance()
        guard let kind = typeSystemKind(), kind != .directive else { throw unexpected() }
        try advance()
        var parts = TypeSystemParts()
        parts.offset = offset
        if kind == .schema {
            parts.directives = try directives(isConstant: true)
            if token.kind == .braceLeft { parts.operationTypes = try operationTypes() }
        } else {
            parts.name = try name()
            try typeBody(kind, &parts)
        }
        let isEmpty =
            parts.interfaces.isEmpty && parts.directives.isEmpty && parts.fields.isEmpty
            && parts.members.isEmpty && parts.values.isEmpty && parts.inputs.isEmpty
            && parts.operationTypes.isEmpty
        if isEmpty { throw unexpected() }
        return TypeSystemDefinition(
            kind: kind, isExtension: true, parts: parts, source: lexer.source)
    }

    func typeSystemKind() -> TypeSystemDefinition.Kind? {
        guard token.kind == .name else { return nil }
        return switch lexer.text(token) {
        case "schema": .schema
        case "scalar": .scalar
        case "type": .object
        case "interface": .interface
        case "union": .union
        case "enum": .enumeration
        case "input": .inputObject
        case "directive": .directive
        default: nil
        }
    }

    private mutating func typeBody(
        _ kind: TypeSystemDefinition.Kind, _ parts: inout TypeSystemParts
    ) throws(GraphQLError) {
        if kind == .object || kind == .interface, try takeKeyword("implements") {
            parts.interfaces = try names(separator: .ampersand)
        }
        parts.directives = try directives(isConstant: true)
        switch kind {
        case .object, .interface:
            if try take(.braceLeft) {
                repeat {
                    parts.fields.append(try field())
                } while try !take(.braceRight)
            }
        case .union:
            if try take(.equals) { parts.members = try names(separator: .pipe) }
        case .enumeration:
            if try take(.braceLeft) {
                repeat {
                    parts.values.append(try enumValue())
                } while try !take(.braceRight)
            }
        case .inputObject:
            if try take(.braceLeft) { parts.inputs = try inputValues(until: .braceRight) }
        case .schema, .scalar, .directive:
            break
        }
    }

    /// One name or more, with an optional leading separator.
    private mutating func names(separator: Token.Kind) throws(GraphQLError) -> [Name] {
        _ = try take(separator)
        var result: [Name] = []
        repeat {
            result.append(try name())
        } while try take(separator)
        return result
    }

    private mutating func operationTypes() throws(GraphQLError) -> [OperationTypeNode] {
        try expect(.braceLeft)
        var result: [OperationTypeNode] = []
        repeat {
            let start = token
            guard token.kind == .name else {
                throw lexer.failure(
                    "Expected Name, found \(describe(token)).", at: Int(token.start))
            }
            try advance()
            guard let kind = operationKind(start) else { throw unexpected(start) }
            try expect(.colon)
            result.append(
                OperationTypeNode(operation: kind, type: try name(), offset: start.start))
        } while try !take(.braceRight)
        return result
    }

    private mutating func field() throws(GraphQLError) -> FieldNode {
        let description = try description()
        let name = try name()
        let arguments = try take(.parenLeft) ? try inputValues(until: .parenRight) : []
        try expect(.colon)
        return FieldNode(
            description: description, name: name, arguments: arguments, type: try type(),
            directives: try directives(isConstant: true))
    }

    private mutating func inputValues(
        until close: Token.Kind
    ) throws(GraphQLError) -> [InputValueNode] {
        var result: [InputValueNode] = []
        repeat {
            let description = try description()
            let name = try name()
            try expect(.colon)
            let type = try type()
            let defaultValue = try take(.equals) ? try value(isConstant: true) : nil
            result.append(
                InputValueNode(
                    description: description, name: name, type: type, defaultValue: defaultValue,
                    directives: try directives(isConstant: true)))
        } while try !take(close)
        return result
    }

    private mutating func enumValue() throws(GraphQLError) -> EnumValueNode {
        let description = try description()
        if peek("true") || peek("false") || peek("null") {
            throw lexer.failure(
                "Name \"\(lexer.text(token))\" is reserved and cannot be used for an enum value.",
                at: Int(token.start))
        }
        return EnumValueNode(
            description: description, name: try name(),
            directives: try directives(isConstant: true))
    }

    private mutating func directiveDefinition(
        _ parts: inout TypeSystemParts
    ) throws(GraphQLError) {
        try expect(.at)
        parts.name = try name()
        if try take(.parenLeft) { parts.inputs = try inputValues(until: .parenRight) }
        parts.isRepeatable = try takeKeyword("repeatable")
        try expectKeyword("on")
        let start = token
        parts.locations = try names(separator: .pipe)
        for location in parts.locations where DirectiveLocation(rawValue: location.value) == nil {
            throw lexer.failure(
                "Unexpected Name \"\(location.value)\".",
                at: Int(location.offset == 0 ? start.start : location.offset))
        }
    }
}
