package import GraphQL

/// What can stand on a page: its id is its cursor.
package protocol PageNode: Sendable {
    var cursor: String { get }
}

/// A page's flags and the cursors at its ends.
struct PageInfo: Sendable {
    let startCursor: String?
    let endCursor: String?
    let hasNextPage: Bool
    let hasPreviousPage: Bool
}

extension PageRequest {
    /// From a field's arguments `after`, `before`, `first` and `last`.
    package init(_ arguments: Arguments) throws {
        try self.init(
            after: arguments.optionalString("after"), before: arguments.optionalString("before"),
            first: arguments.optionalInt("first"), last: arguments.optionalInt("last"))
    }
}

extension Resolvers<RequestContext> {
    /// Binds a connection and its edge type; the edge's source is the node itself.
    mutating func connection<Node: PageNode>(_ name: String, edge: String, of: Node.Type) {
        type(name, of: Page<Node>.self) { type in
            type.field("edges") { page in .objects(page.nodes) }
            type.field("pageInfo") { page in
                .object(
                    PageInfo(
                        startCursor: page.nodes.first?.cursor, endCursor: page.nodes.last?.cursor,
                        hasNextPage: page.hasNextPage, hasPreviousPage: page.hasPreviousPage))
            }
        }
        type(edge, of: Node.self) { type in
            type.field("node") { node in .object(node) }
            type.field("cursor") { node in .string(node.cursor) }
        }
    }

    mutating func pageInfo() {
        type("PageInfo", of: PageInfo.self) { type in
            type.field("startCursor") { .optional($0.startCursor) }
            type.field("endCursor") { .optional($0.endCursor) }
            type.field("hasNextPage") { .bool($0.hasNextPage) }
            type.field("hasPreviousPage") { .bool($0.hasPreviousPage) }
        }
    }
}
