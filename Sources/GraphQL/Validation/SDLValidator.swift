/// Checks schema documents before a schema is built from them.
struct SDLValidator {
    let documents: [Document]
    private(set) var problems: [SchemaProblem] = []

    init(documents: [Document]) { self.documents = documents }

    mutating func run() {}
}
