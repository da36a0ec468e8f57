/// Reads one synchronous field of the objects of a group.
protocol RowReader: AnyObject, Sendable {
    func read(_ row: Int) throws -> Resolved

    /// Reads a leaf and writes it at once; false as for `FieldWriter`.
    func write(_ row: Int, _ field: FieldPlan, to response: inout ResponseWriter) -> Bool
}

/// What does not depend on the source.
final class ConstantReader: RowReader {
    private let value: @Sendable () throws -> Resolved

    init(_ value: @escaping @Sendable () throws -> Resolved) { self.value = value }

    func read(_ row: Int) throws -> Resolved { try value() }

    func write(_ row: Int, _ field: FieldPlan, to response: inout ResponseWriter) -> Bool {
        response.cell(Result { try value() }, field)
    }
}

/// A property of the sources.
final class PropertyReader<Source: Sendable>: RowReader {
    private let rows: Rows<Source>
    private let property: @Sendable (Source) throws -> Resolved

    init(_ rows: Rows<Source>, _ property: @escaping @Sendable (Source) throws -> Resolved) {
        self.rows = rows
        self.property = property
    }

    func read(_ row: Int) throws -> Resolved { try rows.read(row, property) }

    func write(_ row: Int, _ field: FieldPlan, to response: inout ResponseWriter) -> Bool {
        do {
            return response.property(try rows.read(row, property), field)
        } catch {
            return response.cell(.failure(error), field)
        }
    }
}
