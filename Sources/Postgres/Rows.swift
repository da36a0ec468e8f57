import CLibPQ

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The rows a statement answered, and how many rows it touched.
public struct Rows: Sendable, RandomAccessCollection {
    private let result: ResultBox

    init(_ result: ResultBox) {
        self.result = result
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { result.rowCount }

    /// The row at a position of the collection.
    public subscript(position: Int) -> Row {
        precondition(position >= 0 && position < result.rowCount, "row out of range")
        return Row(result: result, row: Int32(position))
    }

    /// Rows inserted, updated, deleted or selected by the statement; 0 for other commands.
    public var affectedRows: Int {
        PQcmdTuples(result.pointer).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// The command the server ran, such as `COMMIT` or `INSERT 0 1`.
    var commandTag: String {
        PQcmdStatus(result.pointer).map { String(cString: $0) } ?? ""
    }

    /// The names of the columns, in order.
    public var columns: [String] {
        (0..<result.columnCount).map { index in
            PQfname(result.pointer, index).map { String(cString: $0) } ?? ""
        }
    }
}

/// One row of a result. It keeps the whole result in memory.
public struct Row: Sendable {
    let result: ResultBox
    let row: Int32

    /// The value of a named column (the first one of that name).
    /// - Throws: `PostgresError` of kind `.decoding` for a missing column, an unfit type, or NULL
    ///   where no optional was asked for.
    public func decode<Value: PostgresDecodable>(
        _ column: String, as _: Value.Type = Value.self
    ) throws -> Value {
        guard let index = result.index(of: column) else {
            var error = PostgresError.decoding("no such column in the result")
            error.column = column
            error.statement = SQL.name(of: result.statement)
            throw error
        }
        return try value(at: index)
    }

    /// The value of a column by its position, from 0.
    /// - Throws: as `decode(_:as:)`.
    public func decode<Value: PostgresDecodable>(
        at index: Int, as _: Value.Type = Value.self
    ) throws -> Value {
        guard index >= 0, index < Int(result.columnCount) else {
            var error = PostgresError.decoding("the result has no column at position \(index)")
            error.statement = SQL.name(of: result.statement)
            throw error
        }
        return try value(at: Int32(index))
    }

    private func value<Value: PostgresDecodable>(at column: Int32) throws -> Value {
        do {
            guard let field = result.field(row: row, column: column) else {
                return try Value.decodeNull()
            }
            return try Value.decode(field)
        } catch var error as PostgresError {
            error.column = PQfname(result.pointer, column).map { String(cString: $0) }
            error.statement = SQL.name(of: result.statement)
            throw error
        }
    }
}

/// Owns a result of the client library.
// SAFETY: a result is never changed after it was received, so reading it from several threads is
// sound; it is freed with its last owner.
final class ResultBox: @unchecked Sendable {
    let pointer: OpaquePointer
    let rowCount: Int
    let columnCount: Int32
    /// The text of the statement that was answered, for error messages.
    let statement: String

    init(_ pointer: OpaquePointer, sql: SQL) {
        self.pointer = pointer
        statement = sql.text
        rowCount = Int(PQntuples(pointer))
        columnCount = PQnfields(pointer)
    }

    deinit {
        PQclear(pointer)
    }

    /// The position of a column: a comparison with each name, cheaper than a table for the few
    /// columns that statements have.
    func index(of column: String) -> Int32? {
        column.withCString { wanted in
            for index in 0..<columnCount {
                if let name = PQfname(pointer, index), strcmp(name, wanted) == 0 { return index }
            }
            return nil
        }
    }

    /// A value, or `nil` for NULL. The indices must be in range.
    func field(row: Int32, column: Int32) -> PostgresField? {
        guard PQgetisnull(pointer, row, column) == 0 else { return nil }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(pointer, row, column),
            count: Int(PQgetlength(pointer, row, column))
        )
        return PostgresField(type: PostgresType(oid: PQftype(pointer, column)), bytes: bytes)
    }
}
