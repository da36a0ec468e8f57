import App
import GraphQL
import TestSupport
import Testing

@Suite struct GoldenTests {
    @Test func `the committed schema is the served one`() throws {
        try Golden.check("schema.graphql", try SchemaAssembly.schema().printed())
    }
}
