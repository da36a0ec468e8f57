/// Writes one field of the objects of a group, whose results are complete.
protocol FieldWriter: AnyObject, Sendable {
    /// Writes the field's key and value for one object. False where the object must be null
    /// because the field has no value and may not be null.
    func write(_ row: Int, to response: inout ResponseWriter) -> Bool
}

extension Group {
    /// What writes the group's fields, in order.
    var writers: [any FieldWriter] {
        zip(plan.fields, columns).map { field, column in
            switch column {
            case .typename: TypenameWriter(field: field, name: plan.type.name)
            case .reader(let reader): PropertyWriter(field: field, reader: reader)
            case .cells(let cells): CellWriter(field: field, cells: cells)
            case .slots(let slots): SlotWriter(field: field, slots: slots)
            case .pending:
                // A group that serial execution has not reached because it was never asked to.
                CellWriter(
                    field: field, cells: [Cell](repeating: .success(.null), count: count))
            }
        }
    }
}

private final class TypenameWriter: FieldWriter {
    private let text: [UInt8]

    init(field: FieldPlan, name: String) {
        var writer = JSONWriter()
        writer.raw(field.keyBytes)
        writer.string(name)
        text = writer.bytes
    }

    func write(_ row: Int, to response: inout ResponseWriter) -> Bool {
        response.writer.raw(text)
        return true
    }
}

/// Reads a leaf only now that it is written.
private final class PropertyWriter: FieldWriter {
    private let field: FieldPlan
    private let key: [UInt8]
    private let reader: any RowReader

    init(field: FieldPlan, reader: any RowReader) {
        self.field = field
        key = field.keyBytes
        self.reader = reader
    }

    func write(_ row: Int, to response: inout ResponseWriter) -> Bool {
        response.writer.raw(key)
        return reader.write(row, field, to: &response)
    }
}

private final class CellWriter: FieldWriter {
    private let field: FieldPlan
    private let cells: [Cell]

    init(field: FieldPlan, cells: [Cell]) {
        self.field = field
        self.cells = cells
    }

    func write(_ row: Int, to response: inout ResponseWriter) -> Bool {
        response.writer.raw(field.keyBytes)
        return response.cell(cells[row], field)
    }
}

private final class SlotWriter: FieldWriter {
    private let field: FieldPlan
    private let slots: [Slot]

    init(field: FieldPlan, slots: [Slot]) {
        self.field = field
        self.slots = slots
    }

    func write(_ row: Int, to response: inout ResponseWriter) -> Bool {
        response.writer.raw(field.keyBytes)
        return response.composite(slots[row], field)
    }
}
