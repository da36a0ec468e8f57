import ArgumentParser

struct PrintSettings: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print all settings, with what each may be, as a table in Markdown.")

    func run() {
        Console.out(Settings.referenceTable)
    }
}
