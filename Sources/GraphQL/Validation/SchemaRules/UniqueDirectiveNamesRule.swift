/// https://spec.graphql.org/September2025/#sec-Schema: all directives have unique names.
enum UniqueDirectiveNamesRule {
    static func check(_ context: SDLContext) {
        var known: Set<String> = []
        for definition in context.definitions where definition.kind == .directive {
            context.reportRepeated([definition.name], definition.source, &known) {
                "There can be only one directive named \"@\($0)\"."
            }
        }
    }
}
