package import Foundation

/// Which page of a collection is asked for. Cursors are ids; order is creation order.
package struct PageRequest: Sendable, Equatable {
    package enum Direction: Sendable, Equatable {
        /// Up to `limit` rows after the cursor, or from the start.
        case forward(after: UUID?)
        /// The up to `limit` rows nearest before the cursor.
        case backward(before: UUID)
    }

    package static let defaultSize = 20
    package static let maximumSize = 100

    package let direction: Direction
    package let limit: Int

    /// The rules of the documented API: `first: 0` counts as absent; `after` wins over `before`.
    /// - Throws: `PageError`.
    package init(after: String?, before: String?, first: Int?, last: Int?) throws {
        if last != nil, before == nil { throw PageError.backwardsFromStart }
        let first = first == 0 ? nil : first
        let last = last == 0 ? nil : last
        for size in [first, last].compactMap({ $0 }) where !(1...Self.maximumSize).contains(size) {
            throw PageError.index
        }
        if let after {
            direction = .forward(after: try Self.cursor(after))
            limit = first ?? Self.defaultSize
        } else if let before {
            direction = .backward(before: try Self.cursor(before))
            limit = last ?? Self.defaultSize
        } else {
            direction = .forward(after: nil)
            limit = first ?? Self.defaultSize
        }
    }

    private static func cursor(_ text: String) throws -> UUID {
        guard let cursor = UUID(text: text) else { throw PageError.cursor }
        return cursor
    }

    /// The id that the query starts from; the lowest possible one when there is no cursor.
    package var start: UUID {
        switch direction {
        case .forward(let after):
            after ?? UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        case .backward(let before): before
        }
    }

    /// Whether a row with the cursor's id must exist: an unknown cursor gives an empty page.
    package var hasCursor: Bool { direction != .forward(after: nil) }

    package var isBackward: Bool {
        if case .backward = direction { true } else { false }
    }
}

/// What can be wrong with the arguments of a page.
package enum PageError: DomainError {
    case backwardsFromStart
    case index
    case cursor

    package var code: String { "400" }

    package var message: String {
        switch self {
        case .backwardsFromStart: "Can't paginate backwards from the start."
        case .index: "Pagination index error"
        case .cursor: "Invalid cursor: use a cursor of an edge of this collection"
        }
    }
}

/// One page, in the order of its list.
package struct Page<Node: Sendable>: Sendable {
    package let nodes: [Node]
    package let hasNextPage: Bool
    package let hasPreviousPage: Bool

    /// From rows read in the request's direction with one more than its limit.
    /// - Parameter hasOther: whether there are rows on the other side of the page's start. By
    ///   default that follows from the cursor, which is a row of the same list.
    package init(rows: [Node], of request: PageRequest, hasOther: Bool? = nil) {
        let hasMore = rows.count > request.limit
        let page = Array(rows.prefix(request.limit))
        let hasOther = !page.isEmpty && (hasOther ?? request.hasCursor)
        nodes = request.isBackward ? page.reversed() : page
        hasNextPage = request.isBackward ? hasOther : hasMore
        hasPreviousPage = request.isBackward ? hasMore : hasOther
    }
}
