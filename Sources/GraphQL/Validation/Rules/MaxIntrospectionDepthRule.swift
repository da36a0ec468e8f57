/// Bounds how deep the lists of an introspection nest, since types refer to each other in
/// circles. It is no rule of the specification; the bound is the one graphql-js has.
enum MaxIntrospectionDepthRule {
    static let maxListDepth = 3
    static let lists: Set<String> = ["fields", "interfaces", "possibleTypes", "inputFields"]

    static func check(_ field: Field, _ context: ValidationContext) {
        let name = field.name.value
        guard name == "__schema" || name == "__type", let set = field.selectionSet,
            context.measure.measure(set).introspectionDepth >= maxListDepth
        else { return }
        context.report("Maximum introspection depth exceeded", at: field.offset)
    }
}
