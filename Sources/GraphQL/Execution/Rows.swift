/// The sources of the objects of one type at one place of one level.
///
/// They stand in memory of their own rather than in an array, so that a resolver can borrow one
/// without copying it, however many references it holds.
// SAFETY: the memory is written in `init` only, before the object is shared.
final class Rows<Source: Sendable>: @unchecked Sendable {
    private let base: UnsafeMutablePointer<Source>
    let count: Int

    /// Nil where a source is of another Swift type.
    init?(_ sources: SourceBatch) {
        // The properties are set last: once they are, failing would run `deinit` as well.
        let memory = UnsafeMutablePointer<Source>.allocate(capacity: max(sources.count, 1))
        var filled = 0
        for list in sources.lists {
            guard Self.append(list, to: memory, &filled) else {
                memory.deinitialize(count: filled)
                memory.deallocate()
                return nil
            }
        }
        base = memory
        count = filled
    }

    private static func append(
        _ list: SourceList, to memory: UnsafeMutablePointer<Source>, _ filled: inout Int
    ) -> Bool {
        if case .typed(let sources as TypedSources<Source>) = list {
            for source in sources.array {
                (memory + filled).initialize(to: source)
                filled += 1
            }
            return true
        }
        for box in list.boxed {
            guard let source = box as? Source else { return false }
            (memory + filled).initialize(to: source)
            filled += 1
        }
        return true
    }

    deinit {
        base.deinitialize(count: count)
        base.deallocate()
    }

    /// Calls `body` with the source at an index that is less than `count`.
    @inline(__always)
    func read<Result>(_ index: Int, _ body: (Source) throws -> Result) rethrows -> Result {
        precondition(index >= 0 && index < count)
        return try body(base[index])
    }

    var values: [Source] { Array(UnsafeBufferPointer(start: base, count: count)) }

    @Sendable static func make(_ sources: SourceBatch) -> (any Sendable)? { Rows(sources) }
}

/// The sources of a level's objects at one place, in the order of their rows.
struct SourceBatch: Sendable {
    private var finished: [SourceList] = []
    private var boxes: [any Sendable] = []
    private(set) var count = 0

    var lists: [SourceList] { boxes.isEmpty ? finished : finished + [.boxed(boxes)] }

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
