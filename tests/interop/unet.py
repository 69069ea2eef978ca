"""The U-Net as a PyTorch module, with the parameter names that Sonoseg's files use."""
import torch
from torch import nn
from torch.nn import functional


class DoubleConv(nn.Module):
    """Two 3x3 convolutions without bias, each with batch norm and ReLU."""

    def __init__(self, inputs, outputs, middle):
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(inputs, middle, 3, padding=1, bias=False), nn.BatchNorm2d(middle), nn.ReLU(),
            nn.Conv2d(middle, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())

    def forward(self, x):
        return self.double_conv(x)


class Down(nn.Module):
    """Halves the size."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConv(inputs, outputs, outputs))

    def forward(self, x):
        return self.maxpool_conv(x)


class Up(nn.Module):
    """Doubles the size, pads to the skip connection's and joins the two."""

    def __init__(self, inputs, outputs, bilinear):
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.conv = DoubleConv(inputs, outputs, inputs // 2)
        else:
            self.up = nn.ConvTranspose2d(inputs, inputs // 2, 2, stride=2)
            self.conv = DoubleConv(inputs, outputs, outputs)

    def forward(self, deep, skip):
        deep = self.up(deep)
        rows = skip.shape[2] - deep.shape[2]
        columns = skip.shape[3] - deep.shape[3]
        deep = functional.pad(deep, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))
        return self.conv(torch.cat([skip, deep], dim=1))


class Head(nn.Module):
    """A 1x1 convolution to the logits."""

    def __init__(self, inputs, classes):
        super().__init__()
        self.conv = nn.Conv2d(inputs, classes, 1)

    def forward(self, x):
        return self.conv(x)


class UNet(nn.Module):
    """Depth 4, `base` channels at the first level, logits of `classes` channels."""

    def __init__(self, channels, classes, base, bilinear):
        super().__init__()
        less = 2 if bilinear else 1
        self.inc = DoubleConv(channels, base, base)
        self.down1 = Down(base, base * 2)
        self.down2 = Down(base * 2, base * 4)
        self.down3 = Down(base * 4, base * 8)
        self.down4 = Down(base * 8, base * 16 // less)
        self.up1 = Up(base * 16, base * 8 // less, bilinear)
        self.up2 = Up(base * 8, base * 4 // less, bilinear)
        self.up3 = Up(base * 4, base * 2 // less, bilinear)
        self.up4 = Up(base * 2, base, bilinear)
        self.outc = Head(base, classes)

    def forward(self, x):
        level0 = self.inc(x)
        level1 = self.down1(level0)
        level2 = self.down2(level1)
        level3 = self.down3(level2)
        x = self.up1(self.down4(level3), level3)
        x = self.up2(x, level2)
        x = self.up3(x, level1)
        x = self.up4(x, level0)
        return self.outc(x)
