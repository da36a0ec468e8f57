/// The sources of the objects of one type at one place of one level.
///
/// A resolver borrows one where it stands, without copying it, however many references it holds.
final class Rows<Source: Sendable>: Sendable {
    let values: [Source]

    /// Nil where a source is of another Swift type.
    init?(_ sources: SourceBatch) {
        if let only = sources.only as? TypedSources<Source> {
            values = only.array
            return
        }
        var values: [Source] = []
        values.reserveCapacity(sources.count)
        for list in sources.finished {
            if case .typed(let typed as TypedSources<Source>) = list {
                values.append(contentsOf: typed.array)
            } else if !Self.append(list.boxed, to: &values) {
                return nil
            }
        }
        guard Self.append(sources.boxes, to: &values) else { return nil }
        self.values = values
    }

    private static func append(
        _ boxes: [any Sendable], to values: inout [Source]
    ) -> Bool {
        for box in boxes {
            guard let source = box as? Source else { return false }
            values.append(source)
        }
        return true
    }

    var count: Int { values.count }

    /// Calls `body` with the source at an index that is less than `count`.
    @inline(__always)
    func read<Result>(_ index: Int, _ body: (Source) throws -> Result) rethrows -> Result {
        precondition(values.indices.contains(index))
        return try values.withUnsafeBufferPointer { try body($0[index]) }
    }

    @Sendable static func make(_ sources: SourceBatch) -> (any Sendable)? { Rows(sources) }
}

/// The sources of a level's objects at one place, in the order of their rows.
struct SourceBatch: Sendable {
    private(set) var finished: [SourceList] = []
    /// Those after all of `finished`.
    private(set) var boxes: [any Sendable] = []
    private(set) var count = 0

    /// The array that they are all of.
    var only: (any SourceArray)? {
        guard boxes.isEmpty, finished.count == 1, case .typed(let array) = finished[0] else {
            return nil
        }
        return array
    }

    mutating func append(_ source: any Sendable) {
        boxes.append(source)
        count += 1
    }

    mutating func append(_ list: SourceList) {
        if !boxes.isEmpty { finished.append(.boxed(boxes)) }
        boxes = []
        finished.append(list)
        count += list.count
    }
}

/// Sources of objects: each in a box of its own, or together in an array of their type.
enum SourceList: Sendable {
    case boxed([any Sendable])
    case typed(any SourceArray)

    var count: Int {
        switch self {
        case .boxed(let boxes): boxes.count
        case .typed(let array): array.count
        }
    }

    var boxed: [any Sendable] {
        switch self {
        case .boxed(let boxes): boxes
        case .typed(let array): array.boxed
        }
    }
}

/// An array whose type of elements is not known here.
protocol SourceArray: AnyObject, Sendable {
    var count: Int { get }
    var boxed: [any Sendable] { get }
}

final class TypedSources<Source: Sendable>: SourceArray {
    let array: [Source]

    init(array: [Source]) { self.array = array }

    var count: Int { array.count }
    var boxed: [any Sendable] { array.map { $0 } }
}

/// A resolver gave a source of another Swift type than its type's resolvers expect.
struct WrongSource: Error {}

/// A batch resolver gave another number of results than there were parents.
struct WrongBatchSize: Error {}
