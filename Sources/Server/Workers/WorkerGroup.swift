import App
import ServiceLifecycle

/// The workers of a process, until it is told to stop. Then each ends what it is doing.
struct WorkerGroup: Sendable {
    let workers: [Worker]

    func run() async {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { tasks in
                for worker in workers { tasks.addTask { await worker.run() } }
            }
        } onGracefulShutdown: {
            for worker in workers { worker.stop() }
        }
    }
}
