import ArgumentParser

@main
struct Hazina: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "hazina", version: "0.1.0")
}
