/// https://spec.graphql.org/September2025/#sec-Schema: all types have unique names.
enum UniqueTypeNamesRule {
    static func check(_ context: SDLContext) {
        var known: Set<String> = []
        for definition in context.definitions
        where !definition.isExtension && definition.kind != .schema
            && definition.kind != .directive
        {
            context.reportRepeated([definition.name], definition.source, &known) {
                "There can be only one type named \"\($0)\"."
            }
        }
    }
}
