/// The engine's limits on documents, which are no rules of the specification. They are checked
/// first, since later rules rely on them: following fragments nests only so deep, and what
/// fragments repeat has been counted without repeating it.
enum LimitsRule {
    static func check(_ limits: EngineOptions, _ context: ValidationContext) {
        func refuse(_ message: String, _ offset: Int32) {
            context.report(message, at: offset, code: ErrorCode.documentTooComplex)
        }
        for operation in context.document.operations {
            let size = context.measure.measure(operation.selectionSet)
            if context.measure.isTooDeep {
                return refuse("The document nests too deep.", operation.offset)
            }
            if size.depth > limits.maxDepth {
                refuse("The operation is deeper than \(limits.maxDepth) levels.", operation.offset)
            }
            if size.aliases > limits.maxAliases {
                refuse(
                    "The operation has more than \(limits.maxAliases) aliases.", operation.offset)
            }
            if size.ownFields > limits.maxRootFields {
                refuse(
                    "The operation has more than \(limits.maxRootFields) fields at its root.",
                    operation.offset)
            }
        }
        for fragment in context.document.fragments {
            _ = context.measure.measure(fragment)
            if context.measure.isTooDeep {
                return refuse("The document nests too deep.", fragment.offset)
            }
        }
        if context.measure.directives > limits.maxDirectives {
            refuse("The document has more than \(limits.maxDirectives) directives.", 0)
        }
    }
}
