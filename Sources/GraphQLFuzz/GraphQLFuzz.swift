import GraphQL

/// What libFuzzer calls with each input. Any text may be refused; none may crash the engine, hold it
/// up or use up the memory. `scripts/fuzz-graphql` builds and runs it.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: start, count: count)
    FuzzedDocument.check(String(decoding: bytes, as: UTF8.self))
    return 0
}
