/// https://spec.graphql.org/September2025/#sec-Leaf-Field-Selections
enum ScalarLeafsRule {
    static func check(
        _ field: Field, _ definition: FieldDefinition, _ type: NamedType?,
        _ context: ValidationContext
    ) {
        guard let type else { return }
        let name = field.name.value
        if let set = field.selectionSet {
            if type.isComposite { return }
            context.report(
                "Field \"\(name)\" must not have a selection since type "
                    + "\"\(definition.type)\" has no subfields.",
                at: set.offset)
        } else if type.isComposite {
            context.report(
                "Field \"\(name)\" of type \"\(definition.type)\" must have a selection of "
                    + "subfields. Did you mean \"\(name) { ... }\"?",
                at: field.offset)
        }
    }
}
