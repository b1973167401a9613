// The boards of this version under their contract: the embedded one, and the model itself.
#include "tests/contract/ranking_board_contract.hpp"

#include "adapters/embedded/in_process_ranking_board.hpp"

namespace rushline::tests {
namespace {

struct EmbeddedFixture {
  ranking::RankingBoard& board() { return in_process; }
  embedded::InProcessRankingBoard in_process;
};

struct ModelFixture {
  ranking::RankingBoard& board() { return model; }
  FakeRankingBoard model;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Embedded, RankingBoardContract, EmbeddedFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(Model, RankingBoardContract, ModelFixture);

}  // namespace
}  // namespace rushline::tests
