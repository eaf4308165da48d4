//! Older names of keys. A newer name wins when both are set.

/// The renamings of a key, (older name, name), the newest older name first.
pub fn older_names(key: &str) -> &'static [(&'static str, &'static str)] {
    let start = RENAMED.partition_point(|(_, new)| *new < key);
    let end = RENAMED.partition_point(|(_, new)| *new <= key);
    &RENAMED[start..end]
}

/// The name that a key has now, if it was renamed.
#[must_use]
pub fn renamed_to(old: &str) -> Option<&'static str> {
    RENAMED.iter().find(|(name, _)| *name == old).map(|(_, new)| *new)
}

/// (older name, name), in order of the names; of several older names the newest comes first.
const RENAMED: &[(&str, &str)] = &[
    ("library-cache-manager.cleanup.interval", "blob.service.cleanup.interval"),
    ("classloader.parent-first-patterns", "classloader.parent-first-patterns.default"),
    ("akka.client.timeout", "client.timeout"),
    ("jobstore.cache-size", "completed-application-store.cache-size"),
    ("jobstore.max-capacity", "completed-application-store.max-capacity"),
    ("jobstore.type", "completed-application-store.type"),
    ("cpu.threshold", "cpu.utilization.threshold"),
    ("env.java.opts", "env.java.opts.all"),
    (
        "jobmanager.adaptive-batch-scheduler.avg-data-volume-per-task",
        "execution.batch.adaptive.auto-parallelism.avg-data-volume-per-task",
    ),
    (
        "jobmanager.adaptive-batch-scheduler.default-source-parallelism",
        "execution.batch.adaptive.auto-parallelism.default-source-parallelism",
    ),
    (
        "jobmanager.adaptive-batch-scheduler.max-parallelism",
        "execution.batch.adaptive.auto-parallelism.max-parallelism",
    ),
    (
        "jobmanager.adaptive-batch-scheduler.min-parallelism",
        "execution.batch.adaptive.auto-parallelism.min-parallelism",
    ),
    (
        "jobmanager.adaptive-batch-scheduler.speculative.block-slow-node-duration",
        "execution.batch.speculative.block-slow-node-duration",
    ),
    ("jobmanager.adaptive-batch-scheduler.speculative.enabled", "execution.batch.speculative.enabled"),
    (
        "jobmanager.adaptive-batch-scheduler.speculative.max-concurrent-executions",
        "execution.batch.speculative.max-concurrent-executions",
    ),
    ("execution.buffer-timeout", "execution.buffer-timeout.interval"),
    ("execution.checkpointing.alignment-timeout", "execution.checkpointing.aligned-checkpoint-timeout"),
    (
        "execution.checkpointing.checkpoints-after-tasks-finish.enabled",
        "execution.checkpointing.checkpoints-after-tasks-finish",
    ),
    ("state.checkpoint.cleaner.parallel-mode", "execution.checkpointing.cleaner.parallel-mode"),
    ("state.checkpoints.create-subdir", "execution.checkpointing.create-subdir"),
    ("state.storage.fs.memory-threshold", "execution.checkpointing.data-inline-threshold"),
    ("state.backend.fs.memory-threshold", "execution.checkpointing.data-inline-threshold"),
    ("state.checkpoints.dir", "execution.checkpointing.dir"),
    ("state.backend.fs.checkpointdir", "execution.checkpointing.dir"),
    ("state.backend.incremental", "execution.checkpointing.incremental"),
    ("taskmanager.state.local.root-dirs", "execution.checkpointing.local-backup.dirs"),
    ("state.checkpoints.num-retained", "execution.checkpointing.num-retained"),
    ("state.savepoints.dir", "execution.checkpointing.savepoint-dir"),
    ("savepoints.state.backend.fs.dir", "execution.checkpointing.savepoint-dir"),
    ("state.checkpoint-storage", "execution.checkpointing.storage"),
    ("execution.checkpointing.unaligned", "execution.checkpointing.unaligned.enabled"),
    ("state.storage.fs.write-buffer-size", "execution.checkpointing.write-buffer-size"),
    ("state.backend.fs.write-buffer-size", "execution.checkpointing.write-buffer-size"),
    ("execution.allow-client-job-configurations", "execution.program-config.enabled"),
    ("execution.checkpointing.approximate-local-recovery", "execution.state-recovery.approximate-local-recovery"),
    ("execution.savepoint-restore-mode", "execution.state-recovery.claim-mode"),
    ("state.backend.local-recovery", "execution.state-recovery.from-local"),
    ("execution.savepoint.ignore-unclaimed-state", "execution.state-recovery.ignore-unclaimed-state"),
    ("execution.savepoint.path", "execution.state-recovery.path"),
    (
        "execution.checkpointing.recover-without-channel-state.checkpoint-id",
        "execution.state-recovery.without-channel-state.checkpoint-id",
    ),
    ("high-availability.zookeeper.path.namespace", "high-availability.cluster-id"),
    ("recovery.zookeeper.path.namespace", "high-availability.cluster-id"),
    ("recovery.jobmanager.port", "high-availability.jobmanager.port"),
    ("high-availability.zookeeper.storageDir", "high-availability.storageDir"),
    ("recovery.zookeeper.storageDir", "high-availability.storageDir"),
    ("high-availability", "high-availability.type"),
    ("recovery.mode", "high-availability.type"),
    ("recovery.zookeeper.client.connection-timeout", "high-availability.zookeeper.client.connection-timeout"),
    ("recovery.zookeeper.client.max-retry-attempts", "high-availability.zookeeper.client.max-retry-attempts"),
    ("recovery.zookeeper.client.retry-wait", "high-availability.zookeeper.client.retry-wait"),
    ("recovery.zookeeper.client.session-timeout", "high-availability.zookeeper.client.session-timeout"),
    ("high-availability.zookeeper.path.jobgraphs", "high-availability.zookeeper.path.execution-plans"),
    ("recovery.zookeeper.path.jobgraphs", "high-availability.zookeeper.path.execution-plans"),
    ("recovery.zookeeper.path.root", "high-availability.zookeeper.path.root"),
    ("recovery.zookeeper.quorum", "high-availability.zookeeper.quorum"),
    ("taskmanager.tmp.dirs", "io.tmp.dirs"),
    ("job-manager.max-attempts-history-size", "jobmanager.execution.attempts-history-size"),
    ("kubernetes.container.image", "kubernetes.container.image.ref"),
    ("kubernetes.jobmanager.cpu", "kubernetes.jobmanager.cpu.amount"),
    ("kubernetes.taskmanager.cpu", "kubernetes.taskmanager.cpu.amount"),
    ("metrics.scope.jm.job", "metrics.scope.jm-job"),
    ("metrics.scope.tm.job", "metrics.scope.tm-job"),
    ("local.number-taskmanager", "minicluster.number-of-taskmanagers"),
    ("akka.ask.callstack", "pekko.ask.callstack"),
    ("akka.ask.timeout", "pekko.ask.timeout"),
    ("akka.client-socket-worker-pool.pool-size-factor", "pekko.client-socket-worker-pool.pool-size-factor"),
    ("akka.client-socket-worker-pool.pool-size-max", "pekko.client-socket-worker-pool.pool-size-max"),
    ("akka.client-socket-worker-pool.pool-size-min", "pekko.client-socket-worker-pool.pool-size-min"),
    ("akka.fork-join-executor.parallelism-factor", "pekko.fork-join-executor.parallelism-factor"),
    ("akka.fork-join-executor.parallelism-max", "pekko.fork-join-executor.parallelism-max"),
    ("akka.fork-join-executor.parallelism-min", "pekko.fork-join-executor.parallelism-min"),
    ("akka.framesize", "pekko.framesize"),
    ("akka.jvm-exit-on-fatal-error", "pekko.jvm-exit-on-fatal-error"),
    ("akka.log.lifecycle.events", "pekko.log.lifecycle.events"),
    ("akka.lookup.timeout", "pekko.lookup.timeout"),
    ("akka.retry-gate-closed-for", "pekko.retry-gate-closed-for"),
    ("akka.rpc.force-invocation-serialization", "pekko.rpc.force-invocation-serialization"),
    ("akka.server-socket-worker-pool.pool-size-factor", "pekko.server-socket-worker-pool.pool-size-factor"),
    ("akka.server-socket-worker-pool.pool-size-max", "pekko.server-socket-worker-pool.pool-size-max"),
    ("akka.server-socket-worker-pool.pool-size-min", "pekko.server-socket-worker-pool.pool-size-min"),
    ("akka.ssl.enabled", "pekko.ssl.enabled"),
    ("akka.startup-timeout", "pekko.startup-timeout"),
    ("akka.tcp.timeout", "pekko.tcp.timeout"),
    ("akka.throughput", "pekko.throughput"),
    ("pipeline.operator-chaining", "pipeline.operator-chaining.enabled"),
    ("query.client.network-threads", "queryable-state.client.network-threads"),
    ("query.proxy.network-threads", "queryable-state.proxy.network-threads"),
    ("query.proxy.ports", "queryable-state.proxy.ports"),
    ("query.proxy.query-threads", "queryable-state.proxy.query-threads"),
    ("query.server.network-threads", "queryable-state.server.network-threads"),
    ("query.server.ports", "queryable-state.server.ports"),
    ("query.server.query-threads", "queryable-state.server.query-threads"),
    ("slotmanager.taskmanager-timeout", "resourcemanager.taskmanager-timeout"),
    ("web.address", "rest.bind-address"),
    ("restart-strategy", "restart-strategy.type"),
    ("s3.access.key", "s3.access-key"),
    ("fs.s3a.access.key", "s3.access-key"),
    ("presto.s3.access-key", "s3.access-key"),
    ("fs.s3a.connection.ssl.enabled", "s3.connection.ssl.enabled"),
    ("presto.s3.ssl.enabled", "s3.connection.ssl.enabled"),
    ("fs.s3a.endpoint", "s3.endpoint"),
    ("presto.s3.endpoint", "s3.endpoint"),
    ("s3.region", "s3.endpoint.region"),
    ("fs.s3a.endpoint.region", "s3.endpoint.region"),
    ("s3.path-style-access", "s3.path.style.access"),
    ("fs.s3a.path.style.access", "s3.path.style.access"),
    ("presto.s3.path-style-access", "s3.path.style.access"),
    ("s3.secret.key", "s3.secret-key"),
    ("fs.s3a.secret.key", "s3.secret-key"),
    ("presto.s3.secret-key", "s3.secret-key"),
    ("security.delegation.tokens.renewal.retry.backoff", "security.delegation.tokens.renewal.retry.max.backoff"),
    ("yarn.security.kerberos.additionalFileSystems", "security.kerberos.access.hadoopFileSystems"),
    ("security.keytab", "security.kerberos.login.keytab"),
    ("security.principal", "security.kerberos.login.principal"),
    ("security.ssl.close-notify-flush-timeout", "security.ssl.internal.close-notify-flush-timeout"),
    ("security.ssl.handshake-timeout", "security.ssl.internal.handshake-timeout"),
    ("security.ssl.session-cache-size", "security.ssl.internal.session-cache-size"),
    ("security.ssl.session-timeout", "security.ssl.internal.session-timeout"),
    ("state.backend", "state.backend.type"),
    ("state.backend.changelog.enabled", "state.changelog.enabled"),
    ("state.backend.changelog.max-failures-allowed", "state.changelog.max-failures-allowed"),
    ("state.backend.changelog.periodic-materialize.enabled", "state.changelog.periodic-materialize.enabled"),
    ("state.backend.changelog.periodic-materialize.interval", "state.changelog.periodic-materialize.interval"),
    ("state.backend.changelog.storage", "state.changelog.storage"),
    ("state.backend.latency-track.history-size", "state.latency-track.history-size"),
    ("state.backend.latency-track.keyed-state-enabled", "state.latency-track.keyed-state-enabled"),
    ("state.backend.latency-track.sample-interval", "state.latency-track.sample-interval"),
    ("state.backend.latency-track.state-name-as-variable", "state.latency-track.state-name-as-variable"),
    ("task.cancellation-interval", "task.cancellation.interval"),
    ("timerservice.exceptional.shutdown.timeout", "task.cancellation.timers.timeout"),
    ("taskmanager.debug.memory.startLogThread", "taskmanager.debug.memory.log"),
    ("taskmanager.debug.memory.logIntervalMs", "taskmanager.debug.memory.log-interval"),
    ("taskmanager.memory.size", "taskmanager.memory.managed.size"),
    ("taskmanager.network.memory.fraction", "taskmanager.memory.network.fraction"),
    ("taskmanager.network.memory.max", "taskmanager.memory.network.max"),
    ("taskmanager.network.memory.min", "taskmanager.memory.network.min"),
    (
        "taskmanager.network.memory.exclusive-buffers-request-timeout-ms",
        "taskmanager.network.memory.buffers-request-timeout",
    ),
    ("taskmanager.net.client.connectTimeoutSec", "taskmanager.network.netty.client.connectTimeoutSec"),
    ("taskmanager.net.request-backoff.initial", "taskmanager.network.request-backoff.initial"),
    ("taskmanager.net.request-backoff.max", "taskmanager.network.request-backoff.max"),
    ("taskmanager.maxRegistrationDuration", "taskmanager.registration.timeout"),
    ("taskmanager.runtime.fs_timeout", "taskmanager.runtime.fs-timeout"),
    ("jobmanager.web.access-control-allow-origin", "web.access-control-allow-origin"),
    ("jobmanager.web.checkpoints.history", "web.checkpoints.history"),
    ("jobmanager.web.history", "web.history"),
    ("jobmanager.web.log.path", "web.log.path"),
    ("jobmanager.web.refresh-interval", "web.refresh-interval"),
    ("jobmanager.web.submit.enable", "web.submit.enable"),
    ("jobmanager.web.tmpdir", "web.tmpdir"),
    ("jobmanager.web.upload.dir", "web.upload.dir"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_is_in_order_and_no_name_is_renamed_twice() {
        assert!(RENAMED.is_sorted_by_key(|(_, new)| *new));
        let old: BTreeSet<_> = RENAMED.iter().map(|(old, _)| *old).collect();
        assert_eq!(old.len(), RENAMED.len());
        assert!(RENAMED.iter().all(|(_, new)| !old.contains(new)));
    }

    #[test]
    fn older_names_are_found_newest_first() {
        let names = |key| older_names(key).iter().map(|(old, _)| *old).collect::<Vec<_>>();
        assert_eq!(names("execution.checkpointing.dir"), ["state.checkpoints.dir", "state.backend.fs.checkpointdir"]);
        assert_eq!(names("restart-strategy.type"), ["restart-strategy"]);
        assert!(names("parallelism.default").is_empty());
        assert_eq!(renamed_to("state.backend"), Some("state.backend.type"));
    }
}
