/// How money is kept.
struct LedgerSettings: Sendable {
    /// After how many seconds a withdrawal that nobody finalised is rolled back; nil for never.
    var withdrawalSeconds: Int?

    init(from reader: inout SettingsReader) {
        withdrawalSeconds = reader.value(
            "HAZINA_WITHDRAWAL_SECONDS", fallback: nil,
            expected: "a whole number from 1 to 2147483647",
            help: "Seconds until a pending withdrawal is rolled back; unset: never."
        ) { text in Int(text).flatMap { (1...2_147_483_647).contains($0) ? $0 : nil } }
    }
}
