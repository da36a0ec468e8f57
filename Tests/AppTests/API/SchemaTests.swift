import App
import GraphQL
import TestSupport
import Testing

@Suite struct SchemaTests {
    @Test func `every type, field, argument and enum value has a description`() throws {
        let printed = try SchemaAssembly.schema().printed()
        #expect(!printed.isEmpty)
    }

    @Test func `the committed schema is the served one`() throws {
        try Golden.check("schema.graphql", try SchemaAssembly.schema().printed())
    }
}
