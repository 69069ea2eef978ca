"""The networks of Sonoseg as a PyTorch module, with the parameter names that its files use."""
import functools
import math

import torch
from torch import nn
from torch.nn import functional


def conv(inputs, outputs, size):
    """A convolution before a norm."""
    return nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False)


class Norms:
    """Makes the norms of a network."""

    def __init__(self, kind, groups):
        self.kind, self.groups = kind, groups

    def __call__(self, channels):
        if self.kind == "batch":
            return nn.BatchNorm2d(channels)
        if self.kind == "instance":
            return nn.InstanceNorm2d(channels, affine=True)
        return nn.GroupNorm(math.gcd(self.groups, channels), channels)


class DoubleConv(nn.Module):
    """Two 3x3 convolutions without bias, each with a norm and ReLU."""

    def __init__(self, inputs, middle, outputs, norm, dropout):
        super().__init__()
        self.double_conv = nn.Sequential(
            conv(inputs, middle, 3), norm(middle), nn.ReLU(),
            conv(middle, outputs, 3), norm(outputs), nn.ReLU())
        if dropout:
            self.double_conv.append(dropout())

    def forward(self, x):
        return self.double_conv(x)


class ResidualConv(nn.Module):
    """Two 3x3 convolutions, whose result is added to the input."""

    def __init__(self, inputs, middle, outputs, norm, dropout):
        super().__init__()
        self.conv1, self.norm1 = conv(inputs, middle, 3), norm(middle)
        self.conv2, self.norm2 = conv(middle, outputs, 3), norm(outputs)
        if inputs != outputs:
            self.shortcut = nn.Sequential(conv(inputs, outputs, 1), norm(outputs))
        self.dropout = dropout() if dropout else nn.Identity()

    def forward(self, x):
        y = self.norm2(self.conv2(functional.relu(self.norm1(self.conv1(x)))))
        x = self.shortcut(x) if hasattr(self, "shortcut") else x
        return self.dropout(functional.relu(y + x))


class AttentionGate(nn.Module):
    """Weighs each pixel of a skip connection x by what the level below, g, makes of it."""

    def __init__(self, channels, inner, norm):
        super().__init__()
        self.W_g = nn.Sequential(conv(channels, inner, 1), norm(inner))
        self.W_x = nn.Sequential(conv(channels, inner, 1), norm(inner))
        self.psi = nn.Sequential(conv(inner, 1, 1), norm(1), nn.Sigmoid())

    def forward(self, x, g):
        return x * self.psi(functional.relu(self.W_g(g) + self.W_x(x)))


class Down(nn.Module):
    """Halves the size."""

    def __init__(self, block, inputs, outputs):
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), block(inputs, outputs, outputs))

    def forward(self, x):
        return self.maxpool_conv(x)


class Up(nn.Module):
    """Doubles the size, pads to the skip connection's and joins the two."""

    def __init__(self, block, below, width, outputs, bilinear, gate):
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        else:
            self.up = nn.ConvTranspose2d(below, width, 2, stride=2)
        if gate:
            self.gate = gate(width, max(1, width // 2))
        self.conv = block(2 * width, width, outputs)

    def forward(self, deep, skip):
        deep = self.up(deep)
        rows = skip.shape[2] - deep.shape[2]
        columns = skip.shape[3] - deep.shape[3]
        left, top = columns // 2, rows // 2
        deep = functional.pad(deep, (left, columns - left, top, rows - top))
        if hasattr(self, "gate"):
            skip = self.gate(skip, deep)
        return self.conv(torch.cat([skip, deep], dim=1))


class Head(nn.Module):
    """A 1x1 convolution to the logits."""

    def __init__(self, inputs, classes):
        super().__init__()
        self.conv = nn.Conv2d(inputs, classes, 1)

    def forward(self, x):
        return self.conv(x)


class UNet(nn.Module):
    """A U-Net of `base` channels at the first level; the options are those of `config.json`.

    With deep supervision it returns in training also the logits of lower levels, the largest first.
    """

    def __init__(self, channels=1, classes=1, base=64, bilinear=False, levels=4, width_cap=None,
                 blocks="plain", attention=False, deep_supervision=False,
                 norm="batch", groups=8, dropout=0.0, dropout_kind="channels"):
        super().__init__()
        norms = Norms(norm, groups)
        dropping = {"channels": nn.Dropout2d, "elements": nn.Dropout}[dropout_kind]
        kind = {"plain": DoubleConv, "residual": ResidualConv}[blocks]

        def block(*widths):
            return kind(*widths, norms, dropout > 0 and functools.partial(dropping, dropout))

        def gate(*widths):
            return AttentionGate(*widths, norms)

        widths = [base * 2 ** level for level in range(levels + 1)]
        widths = [min(width, width_cap or width) for width in widths]
        below = widths[-2] if bilinear else widths[-1]
        self.levels, self.deep_supervision = levels, deep_supervision
        self.inc = block(channels, base, base)
        for level in range(1, levels + 1):
            outputs = below if level == levels else widths[level]
            setattr(self, f"down{level}", Down(block, widths[level - 1], outputs))
        for step in range(1, levels + 1):
            level = levels - step
            outputs = widths[level - 1] if bilinear and level > 0 else widths[level]
            up = Up(block, below, widths[level], outputs, bilinear, attention and gate)
            setattr(self, f"up{step}", up)
            if deep_supervision and 0 < level < levels - 1:
                setattr(self, f"outc{level}", Head(outputs, classes))
            below = outputs
        self.outc = Head(base, classes)

    def forward(self, x):
        skips = [self.inc(x)]
        for level in range(1, self.levels + 1):
            skips.append(getattr(self, f"down{level}")(skips[-1]))
        x = skips[-1]
        lower = []
        for step in range(1, self.levels + 1):
            level = self.levels - step
            x = getattr(self, f"up{step}")(x, skips[level])
            if hasattr(self, f"outc{level}") and self.training:
                lower.insert(0, getattr(self, f"outc{level}")(x))
        logits = self.outc(x)
        return [logits, *lower] if lower else logits
