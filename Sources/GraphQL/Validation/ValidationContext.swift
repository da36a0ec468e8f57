/// What the rules of one validation share: the document, the schema, what has been found.
final class ValidationContext {
    let document: Document
    let schema: Schema
    let input: InputCoercion
    let maxErrors: Int
    let fragments: [String: FragmentDefinition]
    var measure: DocumentMeasure
    private(set) var errors: [GraphQLError] = []
    /// What the definition being walked uses.
    var uses = DefinitionUses()
    /// What each operation uses by itself, in document order.
    var operationUses: [(operation: OperationDefinition, uses: DefinitionUses)] = []
    /// What each fragment uses by itself.
    var fragmentUses: [String: DefinitionUses] = [:]

    init(document: Document, input: InputCoercion, maxErrors: Int) {
        self.document = document
        self.input = input
        self.maxErrors = maxErrors
        schema = input.schema
        fragments = Dictionary(
            document.fragments.map { ($0.name.value, $0) }, uniquingKeysWith: { first, _ in first })
        measure = DocumentMeasure(fragments: fragments)
    }

    /// Whether so many errors were found that the rest of the document does not matter.
    var isFull: Bool { errors.count > maxErrors }

    func report(
        _ message: @autoclosure () -> String, at offsets: Int32...,
        code: String = ErrorCode.validationFailed
    ) {
        report(message(), at: offsets, code: code)
    }

    func report(
        _ message: @autoclosure () -> String, at offsets: [Int32],
        code: String = ErrorCode.validationFailed
    ) {
        if isFull { return }
        if errors.count == maxErrors {
            errors.append(
                GraphQLError(
                    "Too many validation errors, error limit reached. Validation aborted.",
                    code: ErrorCode.validationFailed))
            return
        }
        errors.append(
            GraphQLError(
                message(), code: code,
                locations: offsets.map { document.source.location(at: $0) }))
    }

    /// The uses of an operation and of all fragments it reaches, in the order of reaching.
    func reachable(from uses: DefinitionUses) -> [DefinitionUses] {
        var result = [uses]
        var seen: Set<String> = []
        var index = 0
        while index < result.count {
            for spread in result[index].spreads where seen.insert(spread.name.value).inserted {
                if let next = fragmentUses[spread.name.value] { result.append(next) }
            }
            index += 1
        }
        return result
    }
}

/// The variables and fragments that one operation or fragment uses in its own text.
struct DefinitionUses {
    var variables: [VariableUse] = []
    var spreads: [FragmentSpread] = []
}

/// A place where a variable stands.
struct VariableUse {
    let name: String
    let offset: Int32
    /// The type expected there; nil if the place itself is unknown.
    let type: TypeReference?
    /// Whether the argument or input field has a default that is not null.
    let hasDefault: Bool
    /// The `@oneOf` type whose field it is.
    let oneOf: String?
}

/// What a value is for: its type, and what the place says about defaults.
struct InputPlace {
    var type: TypeReference?
    var hasDefault = false
    var oneOf: String?

    static let unknown = InputPlace(type: nil)

    init(type: TypeReference?) { self.type = type }

    init(_ definition: InputValue?, oneOf: String? = nil) {
        type = definition?.type
        self.oneOf = oneOf
        if let node = definition?.defaultNode {
            if case .null = node.kind { hasDefault = false } else { hasDefault = true }
        }
    }
}
