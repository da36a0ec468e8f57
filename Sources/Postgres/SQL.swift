#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A statement with its bound values.
///
/// Write it as a string literal; what is interpolated becomes a bind parameter (`$1`, `$2`, ...)
/// that travels
/// beside the text in PostgreSQL's binary format, so that a value can never be read as SQL:
///
/// ```swift
/// try await pool.read("select id, balance from accounts where id = \(id)")
/// ```
///
/// `\(unescaped: text)` splices text as it is: only for names that the program itself chose.
///
/// A leading comment line (`-- accounts.get`) names the statement in errors and in
/// `pg_stat_statements`.
public struct SQL: ExpressibleByStringInterpolation, ExpressibleByStringLiteral, Sendable {
    /// The text as sent to the server, with `$n` where values were interpolated.
    public private(set) var text: String
    /// The values, in the order of their parameters.
    var binds: Binds

    /// A statement without bound values. `text` is trusted: never build it from outside input.
    public init(unescaped text: String) {
        self.text = text
        self.binds = Binds()
    }

    public init(stringLiteral value: String) {
        self.init(unescaped: value)
    }

    public init(stringInterpolation: StringInterpolation) {
        self.text = stringInterpolation.text
        self.binds = stringInterpolation.binds
    }

    /// The statement's name: what follows `--` on its first line; `nil` when it begins otherwise.
    public var name: String? { Self.name(of: text) }

    static func name(of text: String) -> String? {
        let line = text.drop(while: \.isWhitespace).prefix { !$0.isNewline }
        guard line.hasPrefix("--") else { return nil }
        let name = line.dropFirst(2).drop(while: \.isWhitespace)
        return name.isEmpty ? nil : String(name)
    }

    /// Gathers the text and the bound values of an interpolated literal.
    public struct StringInterpolation: StringInterpolationProtocol, Sendable {
        var text: String
        var binds = Binds()

        public init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + interpolationCount * 3)
            binds.reserve(interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        /// Binds a value; `nil` is SQL's NULL with the type of `Value`.
        public mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            binds.append(value)
            text += "$"
            text += String(binds.count)
        }

        /// Splices text into the statement as it is. Never pass anything that came from outside.
        public mutating func appendInterpolation(unescaped part: String) {
            text += part
        }
    }
}

/// Bound values, encoded one behind the other in a single buffer.
struct Binds: Sendable, Equatable {
    /// The most parameters one statement can have: the protocol counts them in 16 bits.
    static let maximumCount = 65_535
    /// The most bytes one statement's values may have together; a message ends at 1 GiB.
    static let maximumBytes = 1_000_000_000

    private(set) var types: [UInt32] = []
    /// The length of each value in bytes; -1 stands for NULL.
    private(set) var lengths: [Int32] = []
    private(set) var bytes: [UInt8] = []

    var count: Int { types.count }

    mutating func reserve(_ count: Int) {
        types.reserveCapacity(count)
        lengths.reserveCapacity(count)
        bytes.reserveCapacity(count * 16)
    }

    // The columns of batches, whose elements would else be encoded through tables of witnesses.
    @specialized(where Value == [UUID])
    @specialized(where Value == [UUID?])
    @specialized(where Value == [String])
    @specialized(where Value == [String?])
    @specialized(where Value == [Int32?])
    @specialized(where Value == [UInt64?])
    mutating func append<Value: PostgresEncodable>(_ value: Value?) {
        types.append(Value.postgresType.oid)
        guard let value else {
            lengths.append(-1)
            return
        }
        let start = bytes.count
        value.encode(into: &bytes)
        lengths.append(Int32(clamping: bytes.count - start))
    }
}
