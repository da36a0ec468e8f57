/// How far that has come which a request is a step of.
///
/// Where not everything can be done, what was begun is ended first, and less is begun: otherwise
/// most would be refused somewhere on its way, and the work that was put into it lost.
package enum RequestStage: Int, CaseIterable, Comparable, Sendable {
    /// The work is under way, or somebody asks how things stand.
    case underWay
    /// The second of several steps.
    case early
    /// The first of several steps.
    case first

    package static func < (left: RequestStage, right: RequestStage) -> Bool {
        left.rawValue < right.rawValue
    }
}
