import App
import ArgumentParser
import GraphQL

struct PrintSchema: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the schema of the API as SDL.")

    func run() throws {
        Console.out(try SchemaAssembly.schema().printed())
    }
}
