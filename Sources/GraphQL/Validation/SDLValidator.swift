/// Checks schema documents before a schema is built from them; the rules are those that can be
/// told from the documents alone (https://spec.graphql.org/September2025/#sec-Type-System).
struct SDLValidator {
    private let context: SDLContext

    init(documents: [Document]) { context = SDLContext(documents) }

    var problems: [SchemaProblem] { context.problems }

    func run() {
        OnlyTypeSystemDefinitionsRule.check(context)
        LoneSchemaDefinitionRule.check(context)
        UniqueOperationTypesRule.check(context)
        UniqueTypeNamesRule.check(context)
        UniqueDirectiveNamesRule.check(context)
        UniqueMemberNamesRule.check(context)
        ReservedNamesRule.check(context)
        KnownTypeNamesInSchemaRule.check(context)
        PossibleTypeExtensionsRule.check(context)
        DirectivesInSchemaRule.check(context)
        UniqueInputFieldNamesInSchemaRule.check(context)
    }
}

/// The definitions of a schema's documents and the problems found in them.
final class SDLContext {
    let documents: [Document]
    let definitions: [TypeSystemDefinition]
    /// Type definitions, no extensions; the first of a name.
    let types: [String: TypeSystemDefinition]
    /// Directive definitions, built-in ones included.
    let directives: [String: TypeSystemDefinition]
    private(set) var problems: [SchemaProblem] = []

    init(_ documents: [Document]) {
        self.documents = documents
        definitions = documents.typeSystemDefinitions
        var types: [String: TypeSystemDefinition] = [:]
        var directives: [String: TypeSystemDefinition] = [:]
        let builtin = (BuiltinSDL.document.map { [$0] } ?? []).typeSystemDefinitions
        for definition in definitions + builtin where !definition.isExtension {
            let name = definition.name.value
            switch definition.kind {
            case .schema: break
            case .directive: if directives[name] == nil { directives[name] = definition }
            default: if types[name] == nil { types[name] = definition }
            }
        }
        self.types = types
        self.directives = directives
    }

    func report(_ message: @autoclosure () -> String, _ source: Source, _ offset: Int32) {
        if problems.count == SchemaErrors.maxProblems { return }
        problems.append(
            SchemaProblem(message(), at: SchemaPosition(source: source, offset: offset)))
    }

    func report(
        _ message: @autoclosure () -> String, _ definition: TypeSystemDefinition, _ name: Name
    ) {
        report(message(), definition.source, name.offset)
    }

    /// Reports each name that was there before.
    func reportRepeated(
        _ names: [Name], _ source: Source, _ known: inout Set<String>,
        _ message: (String) -> String
    ) {
        for name in names where !known.insert(name.value).inserted {
            report(message(name.value), source, name.offset)
        }
    }
}
