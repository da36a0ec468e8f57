/// https://spec.graphql.org/September2025/#sec-Directives-Are-Defined and
/// #sec-Directives-Are-in-Valid-Locations
enum KnownDirectivesRule {
    static func check(
        _ directive: Directive, _ definition: DirectiveDefinition?, at location: DirectiveLocation,
        _ context: ValidationContext
    ) {
        let name = directive.name.value
        guard let definition else {
            context.report("Unknown directive \"@\(name)\".", at: directive.offset)
            return
        }
        if definition.locations.contains(location) { return }
        context.report(
            "Directive \"@\(name)\" may not be used on \(location.rawValue).",
            at: directive.offset)
    }
}
