// The machine that a server would run on, and the server that already runs.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/limits.hpp"
#include "doctor/rules.hpp"

namespace rushline::doctor {

void examine_machine(const Facts& facts, Findings& found) {
  const MachineFacts& machine = facts.machine;
  const std::int64_t needed = facts.intended.connections_max + limits::spare_files;
  if (machine.open_files_max && *machine.open_files_max < needed) {
    found.push_back({Severity::warning, "open_files_short",
                     fmt::format("A process may open {} files here, and {} connections need {}.",
                                 *machine.open_files_max, facts.intended.connections_max, needed),
                     "In a rush connections are left waiting instead of being answered.",
                     "Raise the limit (LimitNOFILE= of the service, or ulimit -n), or lower "
                     "http.connections_max."});
  }
  if (machine.clock_is_synchronised == false) {
    found.push_back({Severity::warning, "clock_not_synchronised",
                     "The kernel says that the clock of this machine is not synchronised.",
                     "Events open and close too early or too late; tokens are refused.",
                     "Run chrony or systemd-timesyncd."});
  }
  if (facts.intended.is_reachable_from_outside && facts.intended.drain_delay.count() == 0) {
    found.push_back({Severity::note, "no_drain_delay",
                     "http.drain_delay_seconds is 0, and others than this machine can call.",
                     "A load balancer learns of a restart by refused connections.",
                     "Set it to a few seconds more than the balancer takes to notice /readyz."});
  }
}

void examine_server(const Facts& facts, Findings& found) {
  const ServerFacts& server = *facts.server;
  if (server.unreachable) {
    found.push_back({Severity::critical, "server_unreachable",
                     fmt::format("The server at {} does not tell its status: {}", server.target,
                                 *server.unreachable),
                     "Nothing is known of it.", "Check the address, and the key (--key)."});
    return;
  }
  if (!server.findings.empty()) {
    found.push_back(
        {Severity::warning, "server_degraded",
         fmt::format("The server at {} says: {}.", server.target, fmt::join(server.findings, ", ")),
         "What follows from each stands in its /v1/status.",
         fmt::format("Look there: {}/v1/status.", server.target)});
  }
  if (server.version != facts.version) {
    found.push_back({Severity::note, "server_version_differs",
                     fmt::format("The server at {} is version {}, this program is {}.",
                                 server.target, server.version, facts.version),
                     "What is said here of settings and schema may not hold for it.",
                     "Look with the program that the server runs."});
  }
}

}  // namespace rushline::doctor
