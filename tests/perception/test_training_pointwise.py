"""The strided pointwise convolution of residual blocks: equal to PyTorch's, and survives its backward pass."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="training needs the extra 'train'")

from perception.training.pointwise import pointwise  # noqa: E402 - after the check

pytestmark = pytest.mark.train


@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (2, 1)])
@pytest.mark.parametrize("channels", [4, 24])
def test_it_is_the_convolution_of_pytorch(channels: int, stride: tuple[int, int]) -> None:
    ours = pointwise(channels, 16, stride)
    theirs = torch.nn.Conv2d(channels, 16, 1, stride, bias=False)
    theirs.load_state_dict(ours.state_dict())
    images = torch.rand(3, channels, 13, 10)
    assert torch.allclose(ours(images), theirs(images), atol=1e-6)


@pytest.mark.parametrize("channels", [2, 8, 12])
def test_few_channels_an_odd_batch_and_two_threads_are_survived(channels: int) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        layer = pointwise(channels, 16, (2, 2)).to(memory_format=torch.channels_last)
        images = torch.rand(7, channels, 44, 44, requires_grad=True)
        layer(images.contiguous(memory_format=torch.channels_last)).square().mean().backward()
    finally:
        torch.set_num_threads(threads)
    assert layer.weight.grad.isfinite().all()
    assert images.grad.isfinite().all()
