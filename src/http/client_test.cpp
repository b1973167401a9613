// The blocking client against a peer that answers, stays silent, hangs up, or is no HTTP server.
#include "http/client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace rushline::http {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using tcp = asio::ip::tcp;

// Serves one connection after the other; `react` gets the head of each request and gives the bytes
// to send, nothing to hang up, or an empty text to stay silent.
class Peer {
 public:
  using React = std::function<std::optional<std::string>(const std::string& head, int request)>;

  explicit Peer(React react)
      : react_(std::move(react)), acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Peer() {
    io_.stop();
    thread_.join();
  }

  TargetUrl url() const { return {.host = "127.0.0.1", .port = acceptor_.local_endpoint().port()}; }
  int connections() const { return connections_; }

 private:
  struct Session {
    explicit Session(asio::io_context& io) : socket(io) {}
    tcp::socket socket;
    asio::streambuf received;
    std::string answer;
  };

  void accept() {
    auto session = std::make_shared<Session>(io_);
    acceptor_.async_accept(session->socket, [this, session](boost::system::error_code error) {
      if (error) return;
      ++connections_;
      sessions_.push_back(session);
      read(session);
      accept();
    });
  }

  void read(const std::shared_ptr<Session>& session) {
    asio::async_read_until(
        session->socket, session->received, "\r\n\r\n",
        [this, session](boost::system::error_code error, std::size_t) {
          if (error) return;
          const auto data = session->received.data();
          const std::string head(asio::buffers_begin(data), asio::buffers_end(data));
          session->received.consume(session->received.size());
          const std::optional<std::string> answer = react_(head, ++requests_);
          if (!answer) return session->socket.close();
          session->answer = *answer;
          asio::async_write(session->socket, asio::buffer(session->answer),
                            [this, session](boost::system::error_code e, std::size_t) {
                              if (!e) read(session);
                            });
        });
  }

  React react_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  std::vector<std::shared_ptr<Session>> sessions_;  // kept open
  int requests_ = 0;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

constexpr const char* ok_answer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: \"7\"\r\n"
    "Content-Length: 2\r\n\r\n{}";

TEST(Client, GetsAnAnswerAndKeepsTheConnection) {
  Peer peer([](const std::string&, int) { return ok_answer; });
  Client client(peer.url(), "", 5s);
  for (int i = 0; i < 3; ++i) {
    const Result<ClientReply> reply = client.get("/livez");
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->body, "{}");
    EXPECT_EQ(reply->etag, "\"7\"");
    EXPECT_EQ(reply->content_type, "application/json");
  }
  EXPECT_EQ(peer.connections(), 1);
}

TEST(Client, SendsMethodPathBodyKeyAndBearer) {
  std::mutex mutex;
  std::string seen;
  Peer peer([&](const std::string& head, int) {
    const std::scoped_lock lock(mutex);
    seen = head;
    return ok_answer;
  });
  Client client(peer.url(), "rl_key", 5s);
  ASSERT_TRUE(client
                  .send({.method = "POST",
                         .path = "/v1/orders?x=1",
                         .body = "{\"a\":1}",
                         .idempotency_key = "k-1",
                         .prefer = "wait=3",
                         .deadline = {},
                         .repeatable = false})
                  .has_value());
  const std::scoped_lock lock(mutex);
  EXPECT_TRUE(seen.starts_with("POST /v1/orders?x=1 HTTP/1.1\r\n")) << seen;
  EXPECT_NE(seen.find("Host: " + peer.url().authority() + "\r\n"), std::string::npos);
  EXPECT_NE(seen.find("Authorization: Bearer rl_key\r\n"), std::string::npos);
  EXPECT_NE(seen.find("Idempotency-Key: k-1\r\n"), std::string::npos);
  EXPECT_NE(seen.find("Content-Type: application/json\r\n"), std::string::npos);
  EXPECT_NE(seen.find("Prefer: wait=3\r\n"), std::string::npos);
  EXPECT_NE(seen.find("Content-Length: 7\r\n"), std::string::npos);
}

TEST(Client, SendsARepeatableRequestAgainWhenTheKeptConnectionIsClosed) {
  Peer peer([](const std::string&, int request) {
    return request == 2 ? std::nullopt : std::optional<std::string>(ok_answer);
  });
  Client client(peer.url(), "", 5s);
  ASSERT_TRUE(client.get("/a").has_value());
  EXPECT_TRUE(client.get("/b").has_value());
  EXPECT_EQ(peer.connections(), 2);
}

TEST(Client, NeverSendsTwiceWhatIsNotRepeatable) {
  Peer peer([](const std::string&, int request) {
    return request == 2 ? std::nullopt : std::optional<std::string>(ok_answer);
  });
  Client client(peer.url(), "", 5s);
  ASSERT_TRUE(client.get("/a").has_value());
  const Result<ClientReply> reply = client.post("/b", "{}");
  ASSERT_TRUE(reply.has_error());
  EXPECT_EQ(reply.error().code, Errc::unavailable);
}

TEST(Client, GivesUpAtItsDeadline) {
  Peer peer([](const std::string&, int) { return std::string(); });
  Client client(peer.url(), "", 100ms);
  const Result<ClientReply> reply = client.get("/slow");
  ASSERT_TRUE(reply.has_error());
  EXPECT_EQ(reply.error().code, Errc::timed_out);
}

TEST(Client, SaysThatNobodyListens) {
  TargetUrl nobody;
  {
    Peer peer([](const std::string&, int) { return std::string(); });
    nobody = peer.url();
  }
  const Result<ClientReply> reply = Client(nobody, "", 5s).get("/");
  ASSERT_TRUE(reply.has_error());
  EXPECT_EQ(reply.error().code, Errc::unavailable);
  EXPECT_NE(reply.error().detail.find(nobody.authority()), std::string::npos);
}

TEST(Client, SaysThatItIsNotHttp) {
  Peer peer([](const std::string&, int) { return "SSH-2.0-OpenSSH_9.2\r\n\r\n"; });
  const Result<ClientReply> reply = Client(peer.url(), "", 5s).get("/");
  ASSERT_TRUE(reply.has_error());
  EXPECT_EQ(reply.error().code, Errc::unreadable);
}

TEST(Client, ConnectsAgainAfterAnAnswerThatClosesTheConnection) {
  Peer peer([](const std::string&, int) {
    return "HTTP/1.1 503 Busy\r\nConnection: close\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n";
  });
  Client client(peer.url(), "", 5s);
  for (int i = 0; i < 2; ++i) {
    const Result<ClientReply> reply = client.get("/");
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->status, 503);
    EXPECT_EQ(reply->retry_after, "2");
  }
  EXPECT_EQ(peer.connections(), 2);
}

TEST(Client, EncodesWhatGoesIntoAPath) {
  EXPECT_EQ(percent_encoded("A-z_0.9~"), "A-z_0.9~");
  EXPECT_EQ(percent_encoded("a b/c@é"), "a%20b%2Fc%40%C3%A9");
}

}  // namespace
}  // namespace rushline::http
