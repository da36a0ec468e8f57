import ArgumentParser
import GraphQL

struct GraphQLTools: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graphql",
        abstract: "Try the GraphQL engine by itself.",
        subcommands: [GraphQLCheckCommand.self])
}

struct GraphQLCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Parse, validate or execute documents from standard input.",
        discussion: """
            Reads one JSON object a line, {"id", "action": "parse" | "validate" | "execute", \
            "schema": SDL, "query", "variables", "operationName", "data"}, and writes one GraphQL \
            response a line. Without "errors", the document is accepted. "data" is the root value: \
            each field takes the member of its name, abstract values carry "__typename", and \
            {"$error": "text"} makes a field fail.
            """)

    func run() async throws {
        while let line = readLine(strippingNewline: true) {
            guard line.contains(where: { !$0.isWhitespace }) else { continue }
            Console.out(await GraphQLCheck.run(line: line))
        }
    }
}
