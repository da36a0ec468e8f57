/// https://spec.graphql.org/September2025/#TypeSystemDocument
enum OnlyTypeSystemDefinitionsRule {
    static func check(_ context: SDLContext) {
        for document in context.documents {
            for operation in document.operations {
                context.report(
                    "A schema must not contain operations.", document.source, operation.offset)
            }
            for fragment in document.fragments {
                context.report(
                    "A schema must not contain fragments.", document.source, fragment.offset)
            }
        }
    }
}
