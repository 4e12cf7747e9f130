#include "layers/joined_errors.h"

#include <utility>

namespace anystore::layers {

void JoinedErrors::Add(Status status) {
  if (!status.has_value()) Add(std::move(status).error());
}

void JoinedErrors::Add(Error error) {
  ++count_;
  lines_.append("\n").append(error.ToString());
  if (error.retry() != Retry::kTemporary) retry_ = error.retry();
  if (!first_.has_value()) first_ = std::move(error);
}

Status JoinedErrors::Take() && {
  if (count_ == 0) return Ok();
  if (count_ == 1) return *std::move(first_);
  return Error(first_->code(), std::to_string(count_) + " stores failed:" + lines_)
      .WithRetry(retry_);
}

}  // namespace anystore::layers
