import CLibPQ

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Puts statements into a connection's send buffer. `false` means that the connection is unusable.
enum Wire {
    private static let binary: Int32 = 1

    static func prepare(_ pg: OpaquePointer, _ name: String, _ sql: SQL) -> Bool {
        sql.binds.types.withUnsafeBufferPointer { types in
            PQsendPrepare(pg, name, sql.text, Int32(types.count), types.baseAddress) == 1
        }
    }

    static func run(_ pg: OpaquePointer, prepared name: String, _ sql: SQL) -> Bool {
        withValues(sql.binds) { count, values, lengths, formats in
            PQsendQueryPrepared(pg, name, count, values, lengths, formats, binary) == 1
        }
    }

    static func run(_ pg: OpaquePointer, _ sql: SQL) -> Bool {
        withValues(sql.binds) { count, values, lengths, formats in
            sql.binds.types.withUnsafeBufferPointer { types in
                PQsendQueryParams(
                    pg, sql.text, count, types.baseAddress, values, lengths, formats, binary) == 1
            }
        }
    }

    typealias Values = UnsafeMutablePointer<UnsafePointer<CChar>?>

    /// The values as the library takes them: pointers, lengths and formats.
    static func withValues<Answer>(
        _ binds: Binds,
        _ body: (Int32, Values?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Answer
    ) -> Answer {
        let count = binds.count
        guard count > 0 else { return body(0, nil, nil, nil) }
        return withUnsafeTemporaryAllocation(
            of: UnsafePointer<CChar>?.self, capacity: count
        ) { values in
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { formats in
                formats.initialize(repeating: binary)
                return binds.bytes.withUnsafeBytes { bytes in
                    binds.lengths.withUnsafeBufferPointer { lengths in
                        // A pointer that is not NULL, for values of no length.
                        let base = bytes.baseAddress ?? UnsafeRawPointer(formats.baseAddress)
                        var offset = 0
                        for index in 0..<count {
                            let length = Int(lengths[index])
                            guard length >= 0 else {
                                values.initializeElement(at: index, to: nil)
                                continue
                            }
                            let start = base?.advanced(by: offset)
                                .assumingMemoryBound(to: CChar.self)
                            values.initializeElement(at: index, to: start)
                            offset += length
                        }
                        return body(
                            Int32(count), values.baseAddress, lengths.baseAddress,
                            formats.baseAddress)
                    }
                }
            }
        }
    }
}

extension SQL {
    /// Refuses what the protocol cannot carry, before anything is sent.
    func validate() throws {
        guard binds.count <= Binds.maximumCount else {
            throw PostgresError(
                .invalidStatement, "\(binds.count) values; at most \(Binds.maximumCount)"
            ).named(self)
        }
        guard binds.bytes.count <= Binds.maximumBytes else {
            throw PostgresError(
                .invalidStatement, "the values take more than \(Binds.maximumBytes) bytes"
            ).named(self)
        }
        guard text.withCString({ strlen($0) }) == text.utf8.count else {
            throw PostgresError(.invalidStatement, "the text holds a NUL").named(self)
        }
    }
}
