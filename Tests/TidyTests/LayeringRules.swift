extension Rule {
    /// Which of the project's modules each module may import. SwiftPM does not stop an import of a
    /// module that a target does not declare, as long as something else has built it.
    private static let mayImport: [String: Set<String>] = [
        "CLibPQ": [],
        "CSched": [],
        "CZlib": [],
        "Postgres": ["CLibPQ"],
        "GraphQL": [],
        "Migrations": [],
        "Telemetry": [],
        "Ledger": ["Postgres"],
        "App": ["GraphQL", "Ledger", "Migrations", "Postgres", "Telemetry"],
        "HTTP": ["App", "CSched", "CZlib", "GraphQL", "Telemetry"],
        "Server": ["App", "GraphQL", "HTTP", "Ledger", "Postgres", "Telemetry"],
        "TestSupport": ["App", "GraphQL", "Ledger", "Postgres"],
    ]

    /// The files that put the parts together, and so see both sides.
    private static let compositionRoots: Set<String> = ["Sources/App/App.swift"]

    /// Where SQL belongs beside the features' repositories.
    private static let placesOfSQL = ["Sources/App/Database/", "Sources/Postgres/"]

    static let layering: [Rule] = [
        Rule(
            name: "modules depend on lower modules alone",
            advice: "the layers are in ARCHITECTURE.md; move the code, or what it needs, down"
        ) { file in
            guard file.path.hasPrefix("Sources/"), let allowed = mayImport[file.module] else {
                return []
            }
            let forbidden = file.imports.intersection(mayImport.keys).subtracting(allowed)
            return forbidden.isEmpty ? [] : [1]
        },
        Rule(
            name: "no file sees both GraphQL and Postgres",
            advice: "resolvers call a service, services call a repository"
        ) { file in
            guard file.isProduct, !compositionRoots.contains(file.path) else { return [] }
            return file.imports.isSuperset(of: ["GraphQL", "Postgres"]) ? [1] : []
        },
        Rule(
            name: "only HTTP imports Hummingbird",
            advice: "answer with a type of HTTP's own, and translate there"
        ) { file in
            guard !["HTTP", "HTTPTests"].contains(file.module) else { return [] }
            return file.imports.contains { $0.hasPrefix("Hummingbird") } ? [1] : []
        },
        Rule(
            name: "SQL stands in repositories",
            advice: "put the statement into the feature's *Repository.swift, or into sql/"
        ) { file in
            guard file.isProduct, !file.path.hasSuffix("Repository.swift"),
                !placesOfSQL.contains(where: file.path.hasPrefix)
            else { return [] }
            return statements(in: file.scan.literals).map(\.line)
        },
    ]

    /// The literals that are statements: by their first words, unless they are written as a
    /// sentence, or because they start with a comment that names them.
    private static func statements(in literals: [SwiftScan.Literal]) -> [SwiftScan.Literal] {
        let name = /\s*--\s\w+\.\w+\s*(\n|$)/
        let sentence = /\s*[A-Z][a-z]/
        let change =
            /\s*(select|insert into|update [\w."]+ set|delete from|with \w+ as|merge into)\s/
            .ignoresCase()
        let definition =
            /\s*(create|create or replace|alter|drop) (table|role|function|schema|index|policy)\s/
            .ignoresCase()
        let session = /\s*(set (local|session)|lock table|grant \w+ (on|to)|call \w+\.)/
            .ignoresCase()
        return literals.filter { literal in
            let text = literal.text
            if text.prefixMatch(of: name) != nil { return true }
            return text.prefixMatch(of: sentence) == nil
                && (text.prefixMatch(of: change) != nil || text.prefixMatch(of: definition) != nil
                    || text.prefixMatch(of: session) != nil)
        }
    }
}
