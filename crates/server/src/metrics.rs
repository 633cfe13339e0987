//! What an operator can count: requests by endpoint and status, how long they took, memory.

use std::time::Duration;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};
use tavola_api::About;
use tavola_store::content::Collected;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    endpoint: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndpointLabels {
    endpoint: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CollectedLabels {
    what: &'static str,
}

/// The counters of one server.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<EndpointLabels, Histogram, fn() -> Histogram>,
    connections: Gauge,
    collected: Family<CollectedLabels, Counter>,
    memory: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("tavola");
        let requests = Family::default();
        let seconds = Family::new_with_constructor(
            (|| Histogram::new(exponential_buckets(0.000_25, 4.0, 10))) as fn() -> Histogram,
        );
        let connections = Gauge::default();
        let collected = Family::default();
        let memory = Gauge::default();
        registry.register("requests", "Requests answered, by endpoint and status", Family::clone(&requests));
        registry.register("request_seconds", "How long requests took, by endpoint", Family::clone(&seconds));
        registry.register("connections", "Connections that are open", connections.clone());
        registry.register(
            "content_collected",
            "Files and uploads that nobody used, by what became of them",
            Family::clone(&collected),
        );
        registry.register("resident_memory_bytes", "Memory in use, where the system tells", memory.clone());
        Self { registry, requests, seconds, connections, collected, memory }
    }

    /// Counts an answered request. Paths that are no endpoint count as one, so that nobody can make more of them.
    pub(crate) fn answered(&self, endpoint: Option<&About>, status: u16, took: Duration) {
        let endpoint = endpoint.map_or("none", |about| about.name);
        self.requests.get_or_create(&RequestLabels { endpoint, status }).inc();
        self.seconds.get_or_create(&EndpointLabels { endpoint }).observe(took.as_secs_f64());
    }

    /// Counts what a collection did.
    pub(crate) fn collected(&self, collected: &Collected) {
        let Collected { expired_uploads, broken_off, marked, revived, deleted, failed } = *collected;
        for (what, count) in [
            ("upload expired", expired_uploads),
            ("broken off", broken_off),
            ("marked", marked),
            ("revived", revived),
            ("deleted", deleted),
            ("not deleted", failed),
        ] {
            self.collected.get_or_create(&CollectedLabels { what }).inc_by(count);
        }
    }

    /// Counts a connection for as long as the guard lives.
    pub(crate) fn connection(&self) -> ConnectionGuard {
        self.connections.inc();
        ConnectionGuard(self.connections.clone())
    }

    /// The text that Prometheus scrapes.
    pub(crate) fn text(&self) -> String {
        if let Some(bytes) = resident_memory() {
            self.memory.set(bytes);
        }
        let mut text = String::new();
        // A String takes everything.
        encode(&mut text, &self.registry).unwrap_or_default();
        text
    }
}

pub(crate) struct ConnectionGuard(Gauge);

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Resident memory in bytes, from Linux's own account.
fn resident_memory() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
